package dev.kelpie.learner;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.LogprobScorer;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The policy that KL, or the log-ratios of a loss over pairs, are measured against. It starts as
 * the experiment's reference checkpoint, else as the policy's start, and follows the published
 * versions by its schedule:
 *
 * <ul>
 *   <li>frozen: never
 *   <li>refresh: takes over every {@code every}-th version
 *   <li>ema: {@code reference = decay reference + (1 - decay) policy} at every version
 *   <li>previous: takes over every version, so that a step is held to the iterate it starts from
 * </ul>
 */
public final class ReferencePolicy implements LogprobScorer {
  private static final String FILE = "reference.safetensors";

  private final ReferenceOptions options;
  private final NativeThread thread;
  private final CausalLm model;
  private final ThreadLanes lanes;
  private final Collator collator;
  private final boolean ofPairs;

  private ReferencePolicy(Experiment experiment, NativeThread thread, CausalLm model) {
    this.options = experiment.reference();
    this.thread = thread;
    this.model = model;
    this.lanes = ModelPasses.lanes(model.config(), experiment.learner().threads());
    this.collator = Collator.of(experiment.learner(), model.config());
    this.ofPairs = experiment.algorithm().preferences();
  }

  /** The experiment's reference. The caller closes it. */
  public static ReferencePolicy open(Experiment experiment) {
    NativeThread thread = NativeThread.start("reference", experiment.learner().threads());
    String path = experiment.reference().path();
    try {
      CausalLm model =
          thread.call(
              () ->
                  path.isEmpty()
                      ? Learner.policy(experiment, Heads.VOCABULARY)
                      : CausalLm.open(Path.of(path), Heads.VOCABULARY));
      return new ReferencePolicy(experiment, thread, model);
    } catch (RuntimeException e) {
      thread.close();
      throw e;
    }
  }

  @Override
  public Map<SampleId, PerToken> score(List<Trajectory> trajectories) {
    return thread.call(
        () -> {
          Map<Double, List<Integer>> byTemperature = new TreeMap<>();
          for (int i = 0; i < trajectories.size(); i++) {
            double temperature =
                ofPairs ? PairwiseUpdate.TEMPERATURE : trajectories.get(i).sampling().temperature();
            byTemperature.computeIfAbsent(temperature, t -> new ArrayList<>()).add(i);
          }
          Map<SampleId, PerToken> scores = new LinkedHashMap<>();
          trajectories.stream()
              .filter(trajectory -> trajectory.response().length() == 0)
              .forEach(trajectory -> scores.put(trajectory.id(), PerToken.empty()));
          byTemperature.forEach(
              (temperature, rows) -> score(trajectories, rows, temperature, scores));
          return scores;
        });
  }

  private void score(
      List<Trajectory> trajectories,
      List<Integer> rows,
      double temperature,
      Map<SampleId, PerToken> scores) {
    Map<GroupId, Integer> groups = new HashMap<>();
    List<Collator.Item> items = new ArrayList<>();
    for (int row : rows) {
      Trajectory trajectory = trajectories.get(row);
      int group = groups.computeIfAbsent(trajectory.id().group(), id -> groups.size());
      items.add(new Collator.Item(row, group, trajectory.prompt().tokens(), trajectory.response()));
    }
    List<Microbatch> batches = ofPairs ? byGroup(items) : collator.microbatches(items);
    ModelPasses.score(
        lanes,
        model,
        batches,
        temperature,
        (batch, pass) -> {
          float[] all = pass.logprobs().toFloatArray();
          int width = batch.sequences().width();
          for (int b = 0; b < batch.rows().size(); b++) {
            Trajectory trajectory = trajectories.get(batch.rows().get(b));
            float[] row = new float[trajectory.response().length()];
            System.arraycopy(all, b * width, row, 0, row.length);
            scores.put(trajectory.id(), PerToken.of(row));
          }
        });
  }

  /** Each group by itself: how a step of pairs is split into units must not change a bit. */
  private List<Microbatch> byGroup(List<Collator.Item> items) {
    Map<Integer, List<Collator.Item>> groups = new LinkedHashMap<>();
    items.forEach(item -> groups.computeIfAbsent(item.group(), g -> new ArrayList<>()).add(item));
    Collator alone = collator.withOneLane();
    return groups.values().stream().flatMap(group -> alone.microbatches(group).stream()).toList();
  }

  @Override
  public boolean observe(WeightSnapshot published) {
    return thread.call(() -> HeldReference.follow(model, options, published));
  }

  @Override
  public void save(Path folder) {
    if (options.schedule().moves()) {
      thread.call(
          () -> {
            StateFile.write(folder.resolve(FILE), parts());
            return true;
          });
    }
  }

  @Override
  public void restore(Path folder) {
    if (options.schedule().moves()) {
      thread.call(
          () -> {
            StateFile.read(folder.resolve(FILE), parts());
            return true;
          });
    }
  }

  private Map<String, StateFile.Part> parts() {
    return Map.of("reference", StateFile.Part.all(model.parameters()));
  }

  @Override
  public void close() {
    thread.call(
        () -> {
          model.close();
          lanes.close();
          return true;
        });
    thread.close();
  }
}
