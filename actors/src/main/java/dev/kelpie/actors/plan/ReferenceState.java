package dev.kelpie.actors.plan;

import dev.kelpie.wire.arrow.PublishedWeights;

/**
 * The state of a moving reference: it has seen every version up to this one. The same number may
 * name other weights after a restart, so the hash belongs to it.
 *
 * @param version the last version that it observed
 * @param weightsSha256 hash of that version's weights
 */
public record ReferenceState(long version, String weightsSha256) {
  /** It has seen nothing since it was opened. */
  public static final ReferenceState START = new ReferenceState(-1, "");

  /** An unknown state; the reference has to be restored. */
  public static final ReferenceState UNKNOWN = new ReferenceState(-2, "");

  private static final int SHOWN = 16;

  /** The state after {@code weights}. */
  public static ReferenceState after(PublishedWeights weights) {
    return new ReferenceState(weights.version().number(), weights.weightsSha256());
  }

  /** Name of the folder in which this state is kept during the run. */
  public String folderName() {
    String hash = weightsSha256.substring(0, Math.min(SHOWN, weightsSha256.length()));
    return "v" + version + "-" + hash;
  }
}
