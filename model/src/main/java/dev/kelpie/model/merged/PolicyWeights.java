package dev.kelpie.model.merged;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The weights of a checkpoint, with an adapter merged in if there is one. */
public final class PolicyWeights implements WeightSnapshot, AutoCloseable {
  private final Checkpoint base;
  private final Optional<AdapterFolder> adapter;
  private final WeightSnapshot weights;

  private PolicyWeights(Checkpoint base, Optional<AdapterFolder> adapter) {
    this.base = base;
    this.adapter = adapter;
    this.weights = adapter.<WeightSnapshot>map(own -> merged(base, own.weights())).orElse(base);
  }

  /**
   * Opens the checkpoint in {@code folder} and the adapter in {@code adapter}.
   *
   * @throws dev.kelpie.model.architecture.CheckpointException in one line
   */
  public static PolicyWeights open(Path folder, Optional<Path> adapter) {
    Checkpoint base = Checkpoint.open(folder);
    try {
      return new PolicyWeights(base, adapter.map(own -> AdapterFolder.open(own, base.config())));
    } catch (RuntimeException e) {
      base.close();
      throw e;
    }
  }

  /** {@code adapter}, which holds its factor, merged into {@code base}. */
  public static WeightSnapshot merged(Checkpoint base, WeightSnapshot adapter) {
    return new MergedWeights(base, adapter, base.config().names().transposed());
  }

  @Override
  public String model() {
    return weights.model();
  }

  @Override
  public PolicyVersion version() {
    return weights.version();
  }

  @Override
  public OptionalLong parent() {
    return weights.parent();
  }

  @Override
  public List<Tensor> tensors() {
    return weights.tensors();
  }

  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    weights.read(tensor, chunkBytes, sink);
  }

  @Override
  public void close() {
    adapter.ifPresent(AdapterFolder::close);
    base.close();
  }
}
