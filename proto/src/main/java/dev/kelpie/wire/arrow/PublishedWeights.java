package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Sha256;

/**
 * A version of a model's weights that workers may load, as a control message describes it.
 *
 * @param policySha256 hash of the weights themselves, see {@link WeightHash}
 */
public record PublishedWeights(
    String model, PolicyVersion version, FileTicket file, String policySha256) {
  public PublishedWeights {
    Sha256.requireHex(policySha256);
  }

  /** The weights of {@code file}, available under {@code ticket}. */
  public static PublishedWeights of(WeightFile file, FileTicket ticket) {
    return new PublishedWeights(file.model(), file.version(), ticket, file.policySha256());
  }
}
