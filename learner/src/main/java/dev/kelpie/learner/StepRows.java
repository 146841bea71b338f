package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.Draws;
import dev.kelpie.algorithms.pairing.Select;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.Members;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.tensors.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The responses of one training step in a fixed order, and the per-token numbers known of each.
 * Responses without a token are left out: there is nothing to learn from them.
 */
final class StepRows {
  /**
   * A response.
   *
   * @param group index of its group within the step
   * @param trained whether it is part of the loss
   */
  record Row(ScoredTrajectory scored, int group, boolean trained) {
    Trajectory trajectory() {
      return scored.trajectory();
    }

    int length() {
      return trajectory().response().length();
    }
  }

  private final List<Row> rows;
  private final Map<Column, @Nullable PerToken[]> columns = new EnumMap<>(Column.class);

  private StepRows(List<Row> rows) {
    this.rows = rows;
  }

  /**
   * The rows of a batch.
   *
   * @param maskTruncated responses that reached their limit are not part of the loss
   */
  static StepRows of(TrainingBatch batch, boolean maskTruncated) {
    return of(batch, maskTruncated, new Members(Map.of()), true);
  }

  /**
   * The rows of a batch.
   *
   * @param maskTruncated responses that reached their limit are not part of the loss
   * @param members some may be left out of the loss
   * @param counted whether those count in their group all the same; else they are no rows at all
   */
  static StepRows of(TrainingBatch batch, boolean maskTruncated, Members members, boolean counted) {
    List<Row> rows = new ArrayList<>();
    List<TrajectoryGroup> groups = batch.groups();
    for (int g = 0; g < groups.size(); g++) {
      for (ScoredTrajectory member : groups.get(g).members()) {
        Trajectory trajectory = member.trajectory();
        boolean cut = trajectory.finishReason() != FinishReason.STOP;
        boolean leftOut = members.leftOut(trajectory.origin().member());
        if (trajectory.response().length() > 0 && (counted || !leftOut)) {
          rows.add(new Row(member, g, !(maskTruncated && cut) && !leftOut));
        }
      }
    }
    StepRows all = new StepRows(List.copyOf(rows));
    for (int i = 0; i < rows.size(); i++) {
      Trajectory trajectory = rows.get(i).trajectory();
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
  StepRows selected(Select select, long seed, long step) {
    Set<Integer> kept = new HashSet<>();
    candidates()
        .forEach(
            group -> {
              int index = rows.get(group.get(0).row()).group();
              Draws draws = Draws.of(seed, step, index, Draws.Use.SELECTION);
              select.keep(kept(group), draws).forEach(member -> kept.add(member.row()));
            });
    List<Row> changed = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      changed.add(new Row(row.scored(), row.group(), row.trained() && kept.contains(i)));
    }
    StepRows selected = new StepRows(List.copyOf(changed));
    selected.columns.putAll(columns);
    return selected;
  }

  /** The same, of which only the responses of {@code groups} are part of the loss. */
  StepRows ofGroups(Set<Integer> groups) {
    List<Row> changed =
        rows.stream()
            .map(
                row ->
                    new Row(
                        row.scored(), row.group(), row.trained() && groups.contains(row.group())))
            .toList();
    StepRows some = new StepRows(changed);
    some.columns.putAll(columns);
    return some;
  }

  /** Those of {@code group} that are part of the loss. */
  List<Candidate> kept(List<Candidate> group) {
    return group.stream().filter(member -> rows.get(member.row()).trained()).toList();
  }

  /** All responses as candidates for pairs, group by group. */
  List<List<Candidate>> candidates() {
    Map<Integer, List<Candidate>> groups = new TreeMap<>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      groups
          .computeIfAbsent(row.group(), g -> new ArrayList<>())
          .add(
              new Candidate(
                  i,
                  row.scored().reward(),
                  row.trajectory().finishReason() == FinishReason.LENGTH,
                  row.trajectory().origin().member(),
                  row.scored().score().parts()));
    }
    return List.copyOf(groups.values());
  }

  List<Row> rows() {
    return rows;
  }

  Row row(int index) {
    return rows.get(index);
  }

  /** Indices of the rows that are part of the loss. */
  List<Integer> trained() {
    return IntStream.range(0, rows.size()).filter(i -> rows.get(i).trained()).boxed().toList();
  }

  /**
   * The temperature that the policy's own samples were drawn at, that of all rows where it has
   * none.
   */
  double temperature() {
    List<Row> own =
        rows.stream()
            .filter(row -> row.trajectory().origin().member().equals(Members.POLICY))
            .toList();
    double[] all =
        (own.isEmpty() ? rows : own)
            .stream()
                .mapToDouble(row -> row.trajectory().sampling().temperature())
                .distinct()
                .toArray();
    if (all.length != 1) {
      throw new IllegalStateException(
          "temperatures of one step: " + Arrays.toString(all) + " (expected: one)");
    }
    return all[0];
  }

  void put(Column column, int row, PerToken numbers) {
    if (numbers.length() != rows.get(row).length()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %s %s (expected: one for each of %s tokens)",
              rows.get(row).trajectory().id(),
              numbers.length(),
              KebabCase.of(column),
              rows.get(row).length()));
    }
    columns.computeIfAbsent(column, c -> new PerToken[rows.size()])[row] = numbers;
  }

  @Nullable PerToken find(Column column, int row) {
    @Nullable PerToken[] numbers = columns.get(column);
    return numbers == null ? null : numbers[row];
  }

  PerToken get(Column column, int row) {
    PerToken numbers = find(column, row);
    if (numbers == null) {
      throw new IllegalStateException(
          rows.get(row).trajectory().id()
              + ": no "
              + KebabCase.of(column)
              + " (expected: one per token)");
    }
    return numbers;
  }

  /** The rows that {@code column} has, by their sample. */
  Map<SampleId, PerToken> bySample(Column column) {
    Map<SampleId, PerToken> numbers = new HashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      PerToken row = find(column, i);
      if (row != null) {
        numbers.put(rows.get(i).trajectory().id(), row);
      }
    }
    return numbers;
  }

  /** All rows of {@code column} in double, [B][R]. */
  double[][] numbers(Column column) {
    double[][] numbers = new double[rows.size()][];
    for (int b = 0; b < numbers.length; b++) {
      PerToken row = get(column, b);
      numbers[b] = IntStream.range(0, row.length()).mapToDouble(row::get).toArray();
    }
    return numbers;
  }

  /** Divisors of the losses of an optimiser step over {@code indices}. */
  Denominators denominators(List<Integer> indices) {
    return Denominators.count(
        indices.stream().mapToDouble(i -> rows.get(i).length()).toArray(),
        indices.stream().mapToInt(i -> rows.get(i).group()).toArray());
  }

  /** The same as pieces of which those of one group are never split. */
  List<Collator.Item> wholeGroups(List<Integer> indices) {
    return items(indices).stream().map(Collator.Item::whole).toList();
  }

  /** The same as one piece. */
  List<Collator.Item> inOne(List<Integer> indices) {
    return wholeGroups(indices).stream().map(Collator.Item::withAll).toList();
  }

  /** The rows as pieces for the {@link Collator}. */
  List<Collator.Item> items(List<Integer> indices) {
    return indices.stream()
        .map(
            i -> {
              Trajectory trajectory = rows.get(i).trajectory();
              return new Collator.Item(
                  i, rows.get(i).group(), trajectory.prompt().tokens(), trajectory.response());
            })
        .toList();
  }

  /**
   * The fixed numbers of a microbatch [B, R]. Rows that have no old log-probabilities take those of
   * the forward pass: {@code detached} [B, R].
   */
  TokenBatch tokens(Microbatch batch, NDArray detached, TensorScope scope) {
    List<Integer> indices = batch.rows();
    int width = batch.sequences().width();
    TokenBatch tokens = TokenBatch.of(mask(indices, width, scope));
    for (Column column : columns.keySet()) {
      boolean complete = indices.stream().allMatch(i -> find(column, i) != null);
      if (complete) {
        tokens = tokens.with(column, padded(column, indices, width, scope));
      }
    }
    if (tokens.find(Column.OLD_LOGPROBS).isEmpty()) {
      NDArray known = padded(Column.OLD_LOGPROBS, indices, width, scope); // [B, R]
      NDArray missing = missing(Column.OLD_LOGPROBS, indices, scope); // [B, 1]
      tokens = tokens.with(Column.OLD_LOGPROBS, known.add(detached.mul(missing)));
    }
    return tokens
        .withGroups(indices.stream().mapToInt(i -> rows.get(i).group()).toArray())
        .withScores(indices.stream().mapToDouble(i -> rows.get(i).scored().reward()).toArray());
  }

  private NDArray mask(List<Integer> indices, int width, TensorScope scope) {
    float[] mask = new float[indices.size() * width];
    for (int b = 0; b < indices.size(); b++) {
      int length = rows.get(indices.get(b)).length();
      Arrays.fill(mask, b * width, b * width + length, 1f);
    }
    return scope.floats(mask, indices.size(), width); // [B, R]
  }

  private NDArray padded(Column column, List<Integer> indices, int width, TensorScope scope) {
    float[] numbers = new float[indices.size() * width];
    for (int b = 0; b < indices.size(); b++) {
      PerToken row = find(column, indices.get(b));
      if (row != null) {
        row.copyTo(numbers, b * width);
      }
    }
    return scope.floats(numbers, indices.size(), width); // [B, R]
  }

  private NDArray missing(Column column, List<Integer> indices, TensorScope scope) {
    float[] missing = new float[indices.size()];
    for (int b = 0; b < missing.length; b++) {
      missing[b] = find(column, indices.get(b)) == null ? 1 : 0;
    }
    return scope.floats(missing, missing.length, 1); // [B, 1]
  }

  /** Stores the rows of {@code array} [B, R] that {@code column} does not have yet. */
  void putMissing(Column column, Microbatch batch, NDArray array) {
    if (batch.rows().stream().allMatch(i -> find(column, i) != null)) {
      return;
    }
    float[] all = array.toFloatArray();
    int width = batch.sequences().width();
    for (int b = 0; b < batch.rows().size(); b++) {
      int index = batch.rows().get(b);
      if (find(column, index) == null) {
        int length = rows.get(index).length();
        put(column, index, PerToken.of(Arrays.copyOfRange(all, b * width, b * width + length)));
      }
    }
  }
}
