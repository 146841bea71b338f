package dev.kelpie.config;

import java.util.Set;

/** What a row of a data file is: {@code data.form}. */
public enum DataForm {
  /** A prompt, which the policy answers. */
  PROMPTS,
  /** Two responses to a prompt, one better than the other, as TRL's preference data sets. */
  PAIRS,
  /** Several responses to a prompt with a score each, as UltraFeedback. */
  SCORED,
  /** A response with a label, true or false, as TRL's unpaired preference data sets. */
  UNPAIRED,
  /** A response to be imitated, as TRL's prompt-completion and conversational data sets. */
  DEMONSTRATIONS,
  /** Two dialogues of Human and Assistant, one better than the other, as HH-RLHF. */
  TURNS;

  /** The keys that rows of this form use, beside those of plain prompts. */
  private Set<String> keys() {
    return switch (this) {
      case PROMPTS -> Set.of();
      case PAIRS, TURNS ->
          Set.of(
              "chosen",
              "rejected",
              "chosen-score",
              "rejected-score",
              "source",
              "max-length",
              "truncation");
      case SCORED ->
          Set.of("responses", "scores", "completion", "source", "max-length", "truncation");
      case UNPAIRED -> Set.of("completion", "label", "source", "max-length", "truncation");
      case DEMONSTRATIONS -> Set.of("completion", "messages", "source", "max-length", "truncation");
    };
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
        keys().contains(key) || value.equals(defaultValue),
        "%s: %s (expected: no value, because data.form = %s)",
        key,
        value instanceof Enum<?> named ? KebabCase.of(named) : value,
        label());
  }
}
