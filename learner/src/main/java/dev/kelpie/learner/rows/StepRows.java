package dev.kelpie.learner.rows;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.Draws;
import dev.kelpie.algorithms.pairing.Select;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.AlgorithmOptions.LossRows;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.tensors.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The responses of one training step in a fixed order, and the per-token numbers known of each.
 * Responses without a token are left out: there is nothing to learn from them.
 */
public final class StepRows {
  private static final int FIRST_VIEW = 1 << 28; // prompt keys below are those of groups

  /** Name of the policy's own log-probabilities before the step. */
  public static final String POLICY = "policy";

  /** Name of the policy's self-certainty before the step. */
  public static final String CERTAINTY = "self-certainty";

  /** Name of the sums of the policy's squared probabilities over the vocabulary before the step. */
  public static final String SQUARES = "squares";

  private final List<StepRow> rows;
  private final List<StepRow> beside; // responses that only further terms are over
  private final List<StepRow> all; // the rows, those beside them, then views under other prompts
  private final Map<View, Integer> views = new LinkedHashMap<>();
  private final NumbersByName numbers = new NumbersByName();
  private final Map<Column, @Nullable PerToken[]> columns = new EnumMap<>(Column.class);
  private Optional<double[]> optimalValues = Optional.empty();
  private Optional<Map<Integer, ScoredTrajectory>> greedy = Optional.empty();
  private Optional<double[][]> tokenRewards = Optional.empty();

  private StepRows(List<StepRow> rows, List<StepRow> beside) {
    this.rows = rows;
    this.beside = beside;
    this.all = new ArrayList<>(rows);
    all.addAll(beside);
  }

  /**
   * The rows of a batch.
   *
   * @param maskTruncated responses that reached their limit are not part of the loss
   */
  public static StepRows of(TrainingBatch batch, boolean maskTruncated) {
    return of(batch, maskTruncated, new Members(Map.of()), true, LossRows.ALL);
  }

  /**
   * The rows of a batch.
   *
   * @param members some may be left out of the loss; in losses over pairs or single responses they
   *     count in their group all the same, in others they are no rows at all
   */
  public static StepRows of(TrainingBatch batch, AlgorithmOptions algorithm, Members members) {
    return of(batch, algorithm.maskTruncated(), members, algorithm.preferences(), algorithm.rows());
  }

  private static StepRows of(
      TrainingBatch batch,
      boolean maskTruncated,
      Members members,
      boolean counted,
      LossRows lossRows) {
    List<StepRow> rows = new ArrayList<>();
    List<StepRow> beside = new ArrayList<>();
    List<TrajectoryGroup> groups = batch.groups();
    for (int g = 0; g < groups.size(); g++) {
      for (ScoredTrajectory member : groups.get(g).members()) {
        Trajectory trajectory = member.trajectory();
        boolean cut = trajectory.finishReason() != FinishReason.STOP;
        String name = trajectory.origin().member();
        boolean leftOut = members.leftOut(name);
        boolean trained = !(maskTruncated && cut) && !leftOut;
        if (trajectory.response().length() == 0) {
          continue;
        }
        if (lossRows == LossRows.SAMPLED && !name.equals(Members.POLICY)) {
          if (trained) {
            beside.add(new StepRow(member, g, false));
          }
        } else if (counted || !leftOut) {
          rows.add(new StepRow(member, g, trained));
        }
      }
    }
    StepRows all = new StepRows(List.copyOf(rows), List.copyOf(beside));
    all.numbers.putAll(batch);
    for (int i = 0; i < all.all.size(); i++) {
      Trajectory trajectory = all.row(i).trajectory();
      if (trajectory.generated()) {
        all.put(Column.ROLLOUT_LOGPROBS, i, trajectory.rolloutLogprobs());
      }
      PerToken reference = batch.referenceLogprobs().get(trajectory.id());
      if (reference != null) {
        all.put(Column.REFERENCE_LOGPROBS, i, reference);
      }
    }
    return all;
  }

  /**
   * The same, of which only the responses that {@code select} keeps in their group are part of the
   * loss.
   */
  public StepRows selected(Select select, long seed) {
    Set<Integer> kept = new HashSet<>();
    candidates()
        .forEach(
            group -> {
              Draws draws = draws(seed, group, Draws.Use.SELECTION);
              select.keep(kept(group), draws).forEach(member -> kept.add(member.row()));
            });
    List<StepRow> changed = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      StepRow row = rows.get(i);
      changed.add(new StepRow(row.scored(), row.group(), row.trained() && kept.contains(i)));
    }
    return with(List.copyOf(changed));
  }

  /** Random numbers by the group's name, so that they are the same whenever it is trained on. */
  public Draws draws(long seed, List<Candidate> group, Draws.Use use) {
    GroupId id = rows.get(group.get(0).row()).trajectory().id().group();
    return Draws.of(seed, id.step(), id.index(), use);
  }

  /** The same, of which only the responses of {@code groups} are part of the loss. */
  public StepRows ofGroups(Set<Integer> groups) {
    List<StepRow> changed =
        rows.stream()
            .map(
                row ->
                    new StepRow(
                        row.scored(), row.group(), row.trained() && groups.contains(row.group())))
            .toList();
    return with(changed);
  }

  /** The same with changes in what is part of the loss. */
  private StepRows with(List<StepRow> changed) {
    StepRows other = new StepRows(changed, beside);
    other.columns.putAll(columns);
    other.numbers.putAll(numbers);
    other.greedy = greedy;
    return other;
  }

  /**
   * Adds the greedy response of groups; those of a group without one are no longer part of the
   * loss.
   */
  public StepRows withGreedy(Map<Integer, ScoredTrajectory> byGroup) {
    StepRows some = ofGroups(byGroup.keySet());
    some.greedy = Optional.of(Map.copyOf(byGroup));
    return some;
  }

  /** The greedy response of each row's group; a row without one stands for itself. */
  public Optional<List<ScoredTrajectory>> greedy() {
    return greedy.map(
        byGroup ->
            rows.stream().map(row -> byGroup.getOrDefault(row.group(), row.scored())).toList());
  }

  /** Adds the optimal value of the prompt of each row. */
  public void putOptimalValues(double[] values) {
    optimalValues = Optional.of(values);
  }

  /** Those of {@code group} that are part of the loss. */
  public List<Candidate> kept(List<Candidate> group) {
    return group.stream().filter(member -> rows.get(member.row()).trained()).toList();
  }

  /** All responses as candidates for pairs, group by group. */
  public List<List<Candidate>> candidates() {
    return candidates(rows.size());
  }

  /** The same with the responses that only further terms are over. */
  public List<List<Candidate>> candidatesOfTerms() {
    return candidates(rows.size() + beside.size());
  }

  private List<List<Candidate>> candidates(int count) {
    Map<Integer, List<Candidate>> groups = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      StepRow row = all.get(i);
      groups
          .computeIfAbsent(row.group(), g -> new ArrayList<>())
          .add(
              new Candidate(
                  i,
                  row.scored().reward(),
                  row.trajectory().finishReason() == FinishReason.LENGTH,
                  row.trajectory().origin().member(),
                  row.scored().score().parts(),
                  numbers.sums(row.trajectory().id()),
                  row.trajectory().id().sample()));
    }
    return List.copyOf(groups.values());
  }

  public List<StepRow> rows() {
    return rows;
  }

  /** The rows and those that only further terms are over, in the order of their indices. */
  List<StepRow> withBeside() {
    return all.subList(0, rows.size() + beside.size());
  }

  public StepRow row(int index) {
    return all.get(index);
  }

  /** The row that looks at a response under another prompt, made at the first call. */
  public int view(View view, Supplier<TokenIds> prompt) {
    return views.computeIfAbsent(
        view,
        key -> {
          StepRow row = rows.get(view.response());
          int promptKey = Math.addExact(FIRST_VIEW, row.group() * rows.size() + view.prompt());
          all.add(new StepRow(row.scored(), row.group(), false, prompt.get(), promptKey));
          columns.replaceAll((column, numbersOf) -> Arrays.copyOf(numbersOf, all.size()));
          return all.size() - 1;
        });
  }

  /** The row that looks at a response under another prompt. */
  public int view(View view) {
    return Objects.requireNonNull(views.get(view), view.toString());
  }

  /** Gives a view the reference's numbers under {@code name}, where the step has them. */
  public void putReference(int view, String name) {
    numbers
        .find(name, all.get(view).trajectory().id())
        .ifPresent(reference -> put(Column.REFERENCE_LOGPROBS, view, reference));
  }

  /** How many responses some rows and views are of. */
  public int responses(Collection<Integer> indices) {
    return (int) indices.stream().map(i -> all.get(i).trajectory().id()).distinct().count();
  }

  /** Indices of the rows that are part of the loss. */
  public List<Integer> trained() {
    return IntStream.range(0, rows.size()).filter(i -> rows.get(i).trained()).boxed().toList();
  }

  /** Whether only further terms are over {@code row}: it has no advantage. */
  public boolean isBeside(int row) {
    return row >= rows.size() && row < rows.size() + beside.size();
  }

  /** Indices of the rows that a further term can be over. */
  public List<Integer> ofTerms() {
    return IntStream.range(0, rows.size() + beside.size())
        .filter(i -> isBeside(i) || rows.get(i).trained())
        .boxed()
        .toList();
  }

  public void put(Column column, int row, PerToken numbers) {
    if (numbers.length() != all.get(row).length()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %s %s (expected: one for each of %s tokens)",
              all.get(row).trajectory().id(),
              numbers.length(),
              KebabCase.of(column),
              all.get(row).length()));
    }
    columns.computeIfAbsent(column, c -> new PerToken[all.size()])[row] = numbers;
  }

  public @Nullable PerToken find(Column column, int row) {
    @Nullable PerToken[] numbers = columns.get(column);
    return numbers == null ? null : numbers[row];
  }

  public PerToken get(Column column, int row) {
    PerToken numbers = find(column, row);
    if (numbers == null) {
      throw new IllegalStateException(
          all.get(row).trajectory().id()
              + ": no "
              + KebabCase.of(column)
              + " (expected: one per token)");
    }
    return numbers;
  }

  /** The numbers of the tokens of {@code row} by their name. */
  public PerToken named(String name, int row) {
    if (name.equals(POLICY)) {
      return get(Column.OLD_LOGPROBS, row);
    }
    if (name.equals(TrainingBatch.REFERENCE)) {
      return get(Column.REFERENCE_LOGPROBS, row);
    }
    return numbers.get(name, all.get(row).trajectory());
  }

  /** Gives every token of every row a reward of its own [B][R]. */
  public void giveRewards(double[][] rewards) {
    tokenRewards = Optional.of(rewards);
  }

  /** The rewards of tokens beside those of responses [B][R]. */
  public Optional<double[][]> tokenRewards() {
    return tokenRewards;
  }

  /** Keeps the rows of {@code array} [B, R] under {@code name}. */
  public void putNamed(String name, Microbatch batch, NDArray array) {
    numbers.put(name, this, batch, array);
  }

  /** All rows of {@code column} in double, [B][R]. */
  public double[][] numbers(Column column) {
    return numbers(row -> get(column, row));
  }

  /** All rows of the numbers {@code name} in double, [B][R]. */
  public double[][] numbers(String name) {
    return numbers(row -> named(name, row));
  }

  private double[][] numbers(IntFunction<PerToken> byRow) {
    return IntStream.range(0, rows.size())
        .mapToObj(byRow)
        .map(row -> IntStream.range(0, row.length()).mapToDouble(row::get).toArray())
        .toArray(double[][]::new);
  }

  /** The rows as pieces of microbatches. */
  public RowPieces pieces() {
    return new RowPieces(this);
  }

  /**
   * The fixed numbers of a microbatch [B, R]. Rows that have no old log-probabilities take those of
   * the forward pass: {@code detached} [B, R].
   */
  public TokenBatch tokens(Microbatch batch, NDArray detached, TensorScope scope) {
    return RowTensors.tokens(this, batch, detached, scope);
  }

  Set<Column> columns() {
    return columns.keySet();
  }

  /** The optimal value of each row's prompt, where the loss needs it. */
  Optional<double[]> optimalValues() {
    return optimalValues;
  }

  /** Stores the rows of {@code array} [B, R] that {@code column} does not have yet. */
  public void putMissing(Column column, Microbatch batch, NDArray array) {
    RowTensors.putMissing(this, column, batch, array);
  }
}
