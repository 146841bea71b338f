package dev.kelpie.rollout;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.DecodeModel;
import dev.kelpie.model.Kernels;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Generates in this process, by TorchScript under DJL, on native threads of its own. */
public final class DjlRolloutEngine implements RolloutEngine {
  private static final int STEPS_PER_CALL = 8; // an ended row draws at most 7 tokens for nothing
  private static final int STEPS_ALONE = 1; // somebody may be waiting for each token

  private final ModelConfig config;
  private final Tokenizer tokenizer;
  private final StopTokens stops;
  private final Experiment.Rollout options;
  private final Lanes lanes;
  private @Nullable Kernels program; // on the whole thread only
  private volatile @Nullable DecodeModel model; // changed on the whole thread only

  private DjlRolloutEngine(
      ModelConfig config, Tokenizer tokenizer, StopTokens stops, Experiment.Rollout options) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.stops = stops;
    this.options = options;
    this.lanes = Lanes.open(config.fitsCaches(), options.threads());
  }

  /**
   * An engine without weights.
   *
   * @param policyFolder checkpoint folder whose configuration, tokenizer and stop tokens are used
   */
  public static DjlRolloutEngine open(Path policyFolder, Experiment.Rollout options) {
    return new DjlRolloutEngine(
        ModelConfig.open(policyFolder),
        Tokenizer.open(policyFolder),
        StopTokens.open(policyFolder),
        options);
  }

  @Override
  public Optional<PolicyVersion> version() {
    DecodeModel serving = model;
    return serving == null ? Optional.empty() : Optional.of(serving.version());
  }

  /** Library and number format of the matrix products, once weights are loaded. */
  public Optional<String> kernels() {
    DecodeModel serving = model;
    return serving == null ? Optional.empty() : Optional.of(serving.kernels());
  }

  @Override
  public void load(WeightSnapshot weights) {
    lanes.call(
        () -> {
          DecodeModel loaded = DecodeModel.load(program(), config, weights);
          closeModel();
          model = loaded;
          NativeMemory.trim();
          return true;
        });
  }

  @Override
  public List<Trajectory> generate(RolloutUnit unit, Progress progress) {
    DecodeModel serving = model;
    if (serving == null || !serving.version().equals(unit.version())) {
      throw new IllegalStateException(
          String.format(
              "weights: %s (expected: %s)",
              serving == null ? "none loaded" : serving.version(), unit.version()));
    }
    int steps = unit.rows() == 1 ? STEPS_ALONE : STEPS_PER_CALL;
    BatchDecoder decoder = new BatchDecoder(serving, stops, steps);
    int prompts = unit.prompts().size();
    int parts = lanes.parts(prompts, unit.rows());
    JointProgress joint = new JointProgress(progress, unit.rows(), parts);
    List<Callable<List<RowRecord>>> work = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      int from = prompts * part / parts;
      int to = prompts * (part + 1) / parts;
      Progress ofPart = joint.part(part);
      work.add(() -> decoder.decode(unit, from, to, ofPart));
    }
    return lanes.callAll(work).stream()
        .flatMap(List::stream)
        .map(row -> row.trajectory(unit, serving.version(), tokenizer))
        .toList();
  }

  @Override
  public void release() {
    lanes.call(
        () -> {
          closeModel();
          return true;
        });
  }

  @Override
  public void close() {
    lanes.call(
        () -> {
          closeModel();
          if (program != null) {
            program.close();
          }
          return true;
        });
    lanes.close();
    tokenizer.close();
  }

  /** The generation program, compiled once for all versions. */
  private Kernels program() {
    Kernels compiled = program;
    if (compiled == null) {
      compiled = Kernels.load(options.precision());
      program = compiled;
    }
    return compiled;
  }

  private void closeModel() {
    DecodeModel old = model;
    model = null;
    if (old != null) {
      old.close();
    }
  }
}
