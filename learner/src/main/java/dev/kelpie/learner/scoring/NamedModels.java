package dev.kelpie.learner.scoring;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.scoring.LogprobScorer;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.experience.scoring.ScoreRequest.Measure;
import dev.kelpie.learner.PairwiseUpdate;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.tokens.Vocabulary;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The models that an experiment has responses scored by: the reference policy, which KL or the
 * log-ratios of a loss over pairs are measured against, and the named models of rewards and labels.
 * Each starts as its checkpoint, or as the policy's start, and follows the published versions:
 *
 * <ul>
 *   <li>a checkpoint, {@code initial} and a frozen reference: never
 *   <li>{@code current} and the schedule previous: takes over every version, so that it is the
 *       iterate that a step starts from
 *   <li>{@code previous}: the version before that one
 *   <li>the schedule refresh: takes over every {@code every}-th version
 *   <li>the schedule ema: {@code reference = decay reference + (1 - decay) policy} at every version
 * </ul>
 */
public final class NamedModels implements LogprobScorer {
  private final ScoringPlan plan;
  private final boolean ofPairs;
  private final NativeThread thread;
  private final Map<ModelSource, ScoringModel> models;
  private final Optional<LogprobCache> cache;
  private final ScoredTexts texts;

  /** Those of models of another vocabulary, which texts are encoded anew for. */
  private final Map<ModelSource, ScoredTexts> anew = new TreeMap<>();

  private Lookups lookups = Lookups.NONE;

  private NamedModels(
      Experiment experiment,
      ScoringPlan plan,
      NativeThread thread,
      Map<ModelSource, ScoringModel> models,
      Optional<LogprobCache> cache) {
    this.plan = plan;
    this.ofPairs = experiment.algorithm().preferences();
    this.thread = thread;
    this.models = models;
    this.cache = cache;
    boolean writes = plan.all().stream().anyMatch(request -> !request.ofResponse());
    boolean asks = plan.all().stream().anyMatch(request -> request.measure() == Measure.CHOICES);
    Path policy = Path.of(experiment.policy().path());
    this.texts =
        new ScoredTexts(
            writes ? Optional.of(Tokenizer.open(policy)) : Optional.empty(),
            writes ? Optional.of(StopTokens.open(policy)) : Optional.empty(),
            false,
            experiment.data().chat(),
            asks && experiment.data().chat() ? ChatTemplate.open(policy) : Optional.empty());
    for (ModelSource source : models.keySet()) {
      if (source.kind() == ModelSource.Kind.CHECKPOINT) {
        Path folder = Path.of(source.path());
        if (!Vocabulary.isSame(policy, folder)) {
          anew.put(
              source,
              new ScoredTexts(
                  Optional.of(Tokenizer.open(folder)),
                  Optional.of(StopTokens.open(folder)),
                  true,
                  experiment.data().chat(),
                  Optional.empty()));
        }
      }
    }
  }

  /** The models of {@code plan}, which keep no numbers. The caller closes them. */
  public static NamedModels open(Experiment experiment, ScoringPlan plan) {
    return open(experiment, plan, Optional.empty());
  }

  /**
   * The models of {@code plan}. The caller closes them.
   *
   * @param run keeps the log-probabilities of responses of files under models that never move
   * @param problems takes a line for people where that folder cannot be used
   */
  public static NamedModels open(
      Experiment experiment, ScoringPlan plan, RunFolder run, Consumer<String> problems) {
    return open(experiment, plan, Optional.of(new LogprobCache(run, problems)));
  }

  private static NamedModels open(
      Experiment experiment, ScoringPlan plan, Optional<LogprobCache> cache) {
    NativeThread thread = NativeThread.start("reference", experiment.learner().threads());
    Map<ModelSource, ScoringModel> models = new TreeMap<>();
    try {
      return thread.call(
          () -> {
            for (ModelSource source : plan.sources()) {
              models.put(source, ScoringModel.open(experiment, source, cache));
            }
            return new NamedModels(experiment, plan, thread, models, cache);
          });
    } catch (RuntimeException e) {
      thread.call(
          () -> {
            models.values().forEach(ScoringModel::close);
            return true;
          });
      thread.close();
      throw e;
    }
  }

  @Override
  public Map<String, Map<SampleId, PerToken>> score(List<Trajectory> trajectories) {
    boolean evaluation =
        !trajectories.isEmpty() && trajectories.get(0).id().group().purpose() == Purpose.EVAL;
    return thread.call(
        () -> {
          Map<String, Map<SampleId, PerToken>> numbers = new LinkedHashMap<>();
          lookups = Lookups.NONE;
          for (ScoreRequest request : plan.of(evaluation)) {
            numbers.put(
                request.name(),
                request.measure() == Measure.CHOICES
                    ? scoreChoices(request, trajectories)
                    : request.measure().ofWholeText()
                        ? scoreTexts(request, trajectories)
                        : score(request, trajectories));
          }
          return numbers;
        });
  }

  @Override
  public Lookups lookups() {
    return lookups;
  }

  private Map<SampleId, PerToken> score(ScoreRequest request, List<Trajectory> trajectories) {
    boolean reference = request.name().equals(TrainingBatch.REFERENCE);
    Map<Double, List<Integer>> byTemperature = new TreeMap<>();
    for (int i = 0; i < trajectories.size(); i++) {
      double temperature =
          reference && !ofPairs
              ? trajectories.get(i).sampling().temperature()
              : PairwiseUpdate.TEMPERATURE;
      byTemperature.computeIfAbsent(temperature, t -> new ArrayList<>()).add(i);
    }
    Map<SampleId, PerToken> scores = new LinkedHashMap<>();
    trajectories.forEach(trajectory -> scores.put(trajectory.id(), PerToken.empty()));
    ScoringModel model = Objects.requireNonNull(models.get(plan.source(request)));
    byTemperature.forEach(
        (temperature, rows) ->
            lookups =
                lookups.plus(
                    model.score(
                        items(request, trajectories, rows, model.positions()),
                        temperature,
                        request.measure(),
                        ofPairs || !reference,
                        row -> !trajectories.get(row).generated(),
                        (row, numbers) -> scores.put(trajectories.get(row).id(), numbers))));
    return scores;
  }

  /** Numbers of whole texts; each group goes through the model by itself. */
  private Map<SampleId, PerToken> scoreTexts(ScoreRequest request, List<Trajectory> trajectories) {
    ScoringModel model = Objects.requireNonNull(models.get(plan.source(request)));
    String variant = plan.variant(request);
    ScoredTexts texts = anew.getOrDefault(plan.source(request), this.texts);
    Map<SampleId, PerToken> scores = new LinkedHashMap<>();
    Map<GroupId, Integer> groups = new HashMap<>();
    List<WholeText> whole = new ArrayList<>();
    Map<Integer, List<Integer>> ends = new HashMap<>();
    for (int row = 0; row < trajectories.size(); row++) {
      Trajectory trajectory = trajectories.get(row);
      scores.put(trajectory.id(), PerToken.empty());
      int group = groups.computeIfAbsent(trajectory.id().group(), id -> groups.size());
      try {
        ScoredTexts.Text text = texts.of(request, trajectory, variant);
        whole.add(new WholeText(row, group, text.prefix(), text.tokens()));
        ends.put(row, text.ends());
      } catch (CheckpointException e) {
        if (!texts.anew()) {
          throw e; // else it has no number, which is a failure of the reward
        }
      }
    }
    if (request.measure() == ScoreRequest.Measure.GAP) {
      List<WholeText> others = new ArrayList<>();
      for (WholeText text : whole) {
        ScoredTexts.Text other = texts.other(request, trajectories.get(text.row()), variant);
        others.add(new WholeText(text.row(), text.group(), other.prefix(), other.tokens()));
      }
      model.scoreGaps(
          whole, others, (row, numbers) -> scores.put(trajectories.get(row).id(), numbers));
      return scores;
    }
    if (request.measure() == ScoreRequest.Measure.STEPS) {
      model.scoreSteps(
          whole,
          row -> Objects.requireNonNull(ends.get(row)),
          plan.index(request),
          (row, numbers) -> scores.put(trajectories.get(row).id(), numbers));
      return scores;
    }
    model.scoreTexts(
        whole,
        request.measure(),
        plan.index(request),
        row -> plan.user(request, trajectories.get(row).prompt()),
        true,
        (row, numbers) -> scores.put(trajectories.get(row).id(), numbers));
    return scores;
  }

  /** Numbers of choices after texts; each group goes through the model by itself. */
  private Map<SampleId, PerToken> scoreChoices(
      ScoreRequest request, List<Trajectory> trajectories) {
    ScoringModel model = Objects.requireNonNull(models.get(plan.source(request)));
    ChoiceTexts asked =
        new ChoiceTexts(request, trajectories, texts, plan.variant(request), model.positions());
    float[] numbers = asked.room();
    model.score(
        asked.items(),
        PairwiseUpdate.TEMPERATURE,
        Measure.LOGPROB,
        true,
        row -> false,
        (row, number) -> numbers[row] = number.get(0));
    return asked.bySample(numbers);
  }

  private List<Collator.Item> items(
      ScoreRequest request, List<Trajectory> trajectories, List<Integer> rows, int positions) {
    Map<GroupId, Integer> groups = new HashMap<>();
    List<Collator.Item> items = new ArrayList<>();
    for (int row : rows) {
      Trajectory trajectory = trajectories.get(row);
      int group = groups.computeIfAbsent(trajectory.id().group(), id -> groups.size());
      ScoredTexts.Text text = texts.of(request, trajectory, plan.variant(request));
      if (text.prefix().length() + text.tokens().length() > positions) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "%s of %s: %s + %s tokens (expected: at most %s positions of the model %s)",
                request.name(),
                trajectory.prompt().id(),
                text.prefix().length(),
                text.tokens().length(),
                positions,
                request.model()));
      }
      items.add(new Collator.Item(row, group, text.prefix(), text.tokens()));
    }
    return items;
  }

  @Override
  public boolean observe(WeightSnapshot published) {
    return thread.call(
        () -> {
          boolean moved = false;
          for (ScoringModel model : models.values()) {
            moved |= model.observe(published);
          }
          return moved;
        });
  }

  @Override
  public void save(Path folder) {
    thread.call(
        () -> {
          for (ScoringModel model : models.values()) {
            model.save(folder);
          }
          return true;
        });
  }

  @Override
  public void restore(Path folder) {
    thread.call(
        () -> {
          models.values().forEach(model -> model.restore(folder));
          return true;
        });
  }

  @Override
  public void close() {
    thread.call(
        () -> {
          models.values().forEach(ScoringModel::close);
          cache.ifPresent(LogprobCache::close);
          return true;
        });
    thread.close();
    texts.tokenizer().ifPresent(Tokenizer::close);
    anew.values().forEach(own -> own.tokenizer().ifPresent(Tokenizer::close));
  }
}
