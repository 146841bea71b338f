package dev.kelpie.experience.waiting;

import java.util.Locale;

/** A kind of work that a run waits for. */
public enum Work {
  /** Responses of a unit of a step. */
  GENERATE("generating a unit of a step"),
  /** Responses of a unit of an evaluation. */
  EVALUATE("generating a unit of an evaluation"),
  /** Weights taken by a rollout worker, with their way over the network. */
  LOAD("loading weights"),
  /** Rewards of rows of a unit. */
  REWARD("scoring responses by the reward"),
  /** Log-probabilities of a unit's responses under the reference or other models. */
  REFERENCE("scoring a unit by models"),
  TRAIN("training a step"),
  CHECKPOINT("saving a checkpoint"),
  /** The policy, opened by the learner. */
  OPEN("opening the policy"),
  /** A request of a person: to resume a paused run. */
  REQUEST("a request");

  private final String words;

  Work(String words) {
    this.words = words;
  }

  /** The work in words: "training a step". */
  public String words() {
    return words;
  }

  /** The role of the workers that do it; empty for a person. */
  public String role() {
    return switch (this) {
      case GENERATE, EVALUATE, LOAD -> "rollout";
      case REWARD -> "reward";
      case REFERENCE -> "scoring";
      case TRAIN, CHECKPOINT, OPEN -> "learner";
      case REQUEST -> "";
    };
  }

  /** The name in JSON. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
