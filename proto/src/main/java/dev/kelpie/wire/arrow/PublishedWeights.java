package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.Sha256;

/**
 * A version of a model's weights that workers may load, as a control message describes it.
 *
 * @param weightsSha256 hash of the weights themselves, see {@link ChunkedWeightHash}
 */
public record PublishedWeights(
    String model, PolicyVersion version, ChunkedTicket file, String weightsSha256) {
  public PublishedWeights {
    Sha256.requireHex(weightsSha256);
  }

  /** The weights of {@code file}, available under {@code ticket}. */
  public static PublishedWeights of(WeightFile file, ChunkedTicket ticket) {
    return new PublishedWeights(file.model(), file.version(), ticket, file.weightsSha256());
  }
}
