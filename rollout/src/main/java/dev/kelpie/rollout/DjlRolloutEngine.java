package dev.kelpie.rollout;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.DecodeModel;
import dev.kelpie.model.ModelConfig;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Generates in this process, by TorchScript under DJL, on one native thread of its own. */
public final class DjlRolloutEngine implements RolloutEngine {
  private static final int STEPS_PER_CALL = 8; // an ended row draws at most 7 tokens for nothing

  private final ModelConfig config;
  private final Tokenizer tokenizer;
  private final StopTokens stops;
  private final Experiment.Rollout options;
  private final NativeThread thread;
  private volatile @Nullable DecodeModel model; // touched by the native thread only, read by all

  private DjlRolloutEngine(
      ModelConfig config, Tokenizer tokenizer, StopTokens stops, Experiment.Rollout options) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.stops = stops;
    this.options = options;
    this.thread = NativeThread.start("kelpie-rollout", options.threads());
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
    thread.call(
        () -> {
          DecodeModel loaded = DecodeModel.load(config, weights, options.precision());
          closeModel();
          model = loaded;
          return true;
        });
  }

  @Override
  public List<Trajectory> generate(RolloutUnit unit, Progress progress) {
    return thread.call(
        () -> {
          DecodeModel serving = model;
          if (serving == null) {
            throw new IllegalStateException(
                "no weights are loaded (expected: " + unit.version() + ")");
          }
          if (!serving.version().equals(unit.version())) {
            throw new IllegalStateException(
                "weights: " + serving.version() + " (expected: " + unit.version() + ")");
          }
          BatchDecoder decoder = new BatchDecoder(serving, stops, STEPS_PER_CALL);
          return decoder.decode(unit, progress).stream()
              .map(row -> row.trajectory(unit, serving.version(), tokenizer))
              .toList();
        });
  }

  @Override
  public void release() {
    thread.call(
        () -> {
          closeModel();
          return true;
        });
  }

  @Override
  public void close() {
    release();
    thread.close();
    tokenizer.close();
  }

  private void closeModel() {
    DecodeModel old = model;
    model = null;
    if (old != null) {
      old.close();
    }
  }
}
