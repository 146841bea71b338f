package dev.kelpie.config;

import java.util.Set;

/** What a row of a data file is: {@code data.form}. */
public enum DataForm {
  /** A prompt, which the policy answers. */
  PROMPTS(Set.of()),
  /** Two responses to a prompt, one better than the other, as TRL's preference data sets. */
  PAIRS(
      Set.of(
          "chosen",
          "rejected",
          "chosen-score",
          "rejected-score",
          "source",
          "max-length",
          "truncation")),
  /** Several responses to a prompt with a score each, as UltraFeedback. */
  SCORED(Set.of("responses", "scores", "completion", "source", "max-length", "truncation")),
  /** A response with a label, true or false, as TRL's unpaired preference data sets. */
  UNPAIRED(Set.of("completion", "label", "source", "max-length", "truncation")),
  /** A response to be imitated, as TRL's prompt-completion and conversational data sets. */
  DEMONSTRATIONS(Set.of("completion", "messages", "source", "max-length", "truncation")),
  /** Two dialogues of Human and Assistant, one better than the other, as HH-RLHF. */
  TURNS(PAIRS.keys);

  private final Set<String> keys;

  DataForm(Set<String> keys) {
    this.keys = keys;
  }

  /** Its name in an experiment file. */
  public String label() {
    return KebabCase.of(this);
  }

  /** The names of the members that a row's responses are of; empty for plain prompts. */
  public Set<String> members() {
    return switch (this) {
      case PROMPTS -> Set.of();
      case PAIRS, TURNS -> Set.of("chosen", "rejected");
      case SCORED, UNPAIRED -> Set.of("response");
      case DEMONSTRATIONS -> Set.of("demonstration");
    };
  }

  /** Whether a row may have more than one response. */
  public boolean groups() {
    return this == PAIRS || this == TURNS || this == SCORED;
  }

  /** Refuses a value of {@code key} other than the default where no row of this form uses it. */
  void requireUsed(String key, Object value, Object defaultValue) {
    Require.that(
        keys.contains(key) || value.equals(defaultValue),
        "%s: %s (expected: no value, because data.form = %s)",
        key,
        value instanceof Enum<?> named ? KebabCase.of(named) : value,
        label());
  }
}
