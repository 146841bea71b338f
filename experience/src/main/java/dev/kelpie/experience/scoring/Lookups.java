package dev.kelpie.experience.scoring;

import dev.kelpie.experience.Invariant;

/**
 * How often log-probabilities that may be kept were asked for: those of responses that a file has,
 * under models that never change.
 *
 * @param asked responses, once for each model and text that they were scored with
 * @param found those whose numbers were not computed again
 */
public record Lookups(int asked, int found) {
  /** None. */
  public static final Lookups NONE = new Lookups(0, 0);

  public Lookups {
    Invariant.that(0 <= found && found <= asked, "%s of %s numbers found", found, asked);
  }

  /** These and {@code more}. */
  public Lookups plus(Lookups more) {
    return new Lookups(asked + more.asked, found + more.found);
  }
}
