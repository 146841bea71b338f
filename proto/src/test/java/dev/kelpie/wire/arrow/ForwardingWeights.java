package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import java.util.List;
import java.util.OptionalLong;

/** Other weights, of which a test changes one thing. */
class ForwardingWeights implements WeightSnapshot {
  private final WeightSnapshot weights;

  ForwardingWeights(WeightSnapshot weights) {
    this.weights = weights;
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
}
