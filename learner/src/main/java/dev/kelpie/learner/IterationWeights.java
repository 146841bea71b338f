package dev.kelpie.learner;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.AdvanceOptions;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.files.InputFile;
import dev.kelpie.learner.state.StateFile;
import dev.kelpie.model.Parameters;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The weights that iterations need beside the current ones, and what happens to the policy between
 * two of them. Kept, where something needs them: the weights that the iteration began with, and
 * those that the last one was trained to.
 *
 * <ul>
 *   <li>extrapolate: {@code p = t2 + alpha (t2 - t1)}, where t2 and t1 are what this iteration and
 *       the one before were trained to, before their own extrapolation (Nesterov's momentum, as in
 *       He et al. 2024, https://arxiv.org/abs/2410.06293); before the first one, the run's start
 *   <li>average: {@code p = t2 + alpha (start - t2)}
 *   <li>a discarded branch: policy, critic and optimisers return to where the branch began
 * </ul>
 *
 * <p>In float32, element by element; with alpha = 0 nothing changes. A value head stays as it was
 * trained.
 */
final class IterationWeights implements AutoCloseable {
  private static final String POLICY = "policy";
  private static final int MOST_BYTES = 1 << 10;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final IterationOptions options;
  private final TrainedModel policy;
  private final Optional<TrainedModel> critic;
  private final Map<String, Parameters> sources = new LinkedHashMap<>();
  private final Map<String, Parameters> start = new LinkedHashMap<>();
  private final Optional<Parameters> trained;
  private Updates updates = new Updates(0, 0);

  /** Updates of the optimisers when the iteration began. */
  private record Updates(long policy, long value) {}

  /** The weights of a learner that is about to train its first step; it does not own its models. */
  IterationWeights(IterationOptions options, TrainedModel policy, Optional<TrainedModel> critic) {
    this.options = options;
    this.policy = policy;
    this.critic = critic;
    addSources(POLICY, policy);
    critic.ifPresent(model -> addSources("value", model));
    AdvanceOptions.Type type = options.advance().type();
    boolean discards = options.branch().discard();
    if (options.steps() > 1 || type == AdvanceOptions.Type.AVERAGE || discards) {
      sources.forEach(
          (name, parameters) -> {
            if (discards || name.equals(POLICY)) {
              start.put(name, Parameters.zeros(parameters.layout()));
            }
          });
    }
    this.trained =
        type == AdvanceOptions.Type.EXTRAPOLATE
            ? Optional.of(Parameters.zeros(policy.model().parameters().layout()))
            : Optional.empty();
  }

  private void addSources(String name, TrainedModel model) {
    sources.put(name, model.model().parameters());
    sources.put(name + ".mean", model.optimizer().mean());
    sources.put(name + ".square", model.optimizer().square());
  }

  /** The step after {@code version} is about to be trained. */
  void begin(PolicyVersion version) {
    long number = version.number();
    if (number == 0) {
      trained.ifPresent(copy -> copy(policy.model().parameters(), copy));
    }
    if (options.boundary(number) && !afterBranch(number)) {
      start.forEach((name, copy) -> copy(Objects.requireNonNull(sources.get(name), name), copy));
      updates =
          new Updates(
              policy.optimizer().step(), critic.map(model -> model.optimizer().step()).orElse(0L));
    }
  }

  /**
   * Returns to where the branch that ends with {@code version} began; what it was trained to then
   * counts as the iteration's start, which samples it. False where no branch ends.
   */
  boolean discardBranch(PolicyVersion version) {
    if (!options.boundary(version.number()) || !afterBranch(version.number())) {
      return false;
    }
    start.forEach(
        (name, copy) -> {
          if (name.equals(POLICY)) {
            swap(Objects.requireNonNull(sources.get(name), name), copy);
          } else {
            copy(copy, Objects.requireNonNull(sources.get(name), name));
          }
        });
    policy.optimizer().resumeAt(updates.policy());
    critic.ifPresent(model -> model.optimizer().resumeAt(updates.value()));
    return true;
  }

  private boolean afterBranch(long version) {
    return options.continuesFrom(version + 1) != version && options.boundary(version);
  }

  /** The update that made {@code version} is done; at an iteration's end the weights advance. */
  void end(PolicyVersion version) {
    if (!options.used() || !options.boundary(version.number())) {
      return;
    }
    float alpha = (float) options.advance().alpha().orElse(0);
    Parameters now = policy.model().parameters();
    if (alpha != 0 && options.advance().type() == AdvanceOptions.Type.AVERAGE) {
      eachPair(
          now,
          Objects.requireNonNull(start.get(POLICY), POLICY),
          (t2, began, i) -> {
            t2.put(i, t2.get(i) + alpha * (began.get(i) - t2.get(i)));
          });
    }
    trained.ifPresent(last -> extrapolate(now, last, alpha));
    if (options.advance().optimizer() == AdvanceOptions.Optimizer.RESET) {
      clear(policy.optimizer().mean());
      clear(policy.optimizer().square());
      policy.optimizer().resumeAt(0);
    }
  }

  private static void extrapolate(Parameters now, Parameters last, float alpha) {
    eachPair(
        now,
        last,
        (t2s, t1s, i) -> {
          float t2 = t2s.get(i);
          if (alpha != 0) {
            t2s.put(i, t2 + alpha * (t2 - t1s.get(i)));
          }
          t1s.put(i, t2);
        });
  }

  /** Changes the elements at a place of two tensors. */
  private interface PairChange {
    void at(FloatBuffer first, FloatBuffer second, int place);
  }

  /** All elements but those of a value head. */
  private static void eachPair(Parameters first, Parameters second, PairChange change) {
    for (String name : first.layout().shapes().keySet()) {
      if (!isValueHead(name)) {
        FloatBuffer firsts = first.bytes(name).asFloatBuffer();
        FloatBuffer seconds = second.bytes(name).asFloatBuffer();
        for (int i = 0; i < firsts.limit(); i++) {
          change.at(firsts, seconds, i);
        }
      }
    }
  }

  private static boolean isValueHead(String name) {
    return name.startsWith("v_head.");
  }

  private static void copy(Parameters from, Parameters to) {
    from.layout().shapes().keySet().forEach(name -> to.bytes(name).put(from.bytes(name)));
  }

  private static void swap(Parameters first, Parameters second) {
    for (String name : first.layout().shapes().keySet()) {
      ByteBuffer bytes = first.bytes(name);
      byte[] kept = new byte[bytes.remaining()];
      bytes.get(kept);
      first.bytes(name).put(second.bytes(name));
      second.bytes(name).put(kept);
    }
  }

  private static void clear(Parameters parameters) {
    for (String name : parameters.layout().shapes().keySet()) {
      FloatBuffer numbers = parameters.bytes(name).asFloatBuffer();
      for (int i = 0; i < numbers.limit(); i++) {
        numbers.put(i, 0);
      }
    }
  }

  /** The weights that sample the rest of the iteration, where they are not the current ones. */
  Optional<WeightSnapshot> samplingWeights(PolicyVersion current) {
    if (options.steps() == 1 || options.boundary(current.number())) {
      return Optional.empty();
    }
    PolicyVersion began = new PolicyVersion(options.start(current.number() + 1));
    Predicate<String> names = name -> !isValueHead(name);
    return Optional.of(
        Objects.requireNonNull(start.get(POLICY), POLICY).snapshot("policy", began, names));
  }

  /** Writes what the steps after {@code version} need into a checkpoint's folder. */
  void save(Path folder, PolicyVersion version) throws IOException {
    Map<String, StateFile.Part> parts = parts(version);
    if (!parts.isEmpty()) {
      StateFile.write(file(folder, version, "safetensors"), parts);
      Files.writeString(file(folder, version, "json"), JSON.writeValueAsString(updates) + "\n");
    }
  }

  /** Reads what {@link #save} wrote. */
  void restore(Path folder, PolicyVersion version) throws IOException {
    Map<String, StateFile.Part> parts = parts(version);
    if (parts.isEmpty()) {
      return;
    }
    Path file = file(folder, version, "safetensors");
    if (!Files.exists(file)) {
      throw new CheckpointException(
          file
              + ": missing (expected: the weights that the iteration began with; the block"
              + " iterations must be the one that the checkpoint was saved with)");
    }
    StateFile.read(file, parts);
    byte[] json = InputFile.readBytes(file(folder, version, "json"), MOST_BYTES);
    updates = JSON.readValue(json, Updates.class);
  }

  private Path file(Path folder, PolicyVersion version, String kind) {
    return folder.resolve("iteration-v" + options.start(version.number() + 1) + "." + kind);
  }

  /** At an iteration's end the current weights are the start of the next one. */
  private Map<String, StateFile.Part> parts(PolicyVersion version) {
    Map<String, StateFile.Part> parts = new TreeMap<>();
    if (!options.boundary(version.number()) || afterBranch(version.number())) {
      start.forEach((name, copy) -> parts.put("start." + name, StateFile.Part.all(copy)));
    }
    if (version.number() > 0) {
      trained.ifPresent(copy -> parts.put("trained", StateFile.Part.all(copy)));
    }
    return parts;
  }

  @Override
  public void close() {
    start.values().forEach(Parameters::close);
    trained.ifPresent(Parameters::close);
  }
}
