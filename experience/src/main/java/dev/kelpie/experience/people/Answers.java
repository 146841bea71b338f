package dev.kelpie.experience.people;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a step is told of the pairs that people label.
 *
 * @param room how many of its own pairs people may be asked about
 * @param joining pairs of earlier steps that it is trained on
 */
public record Answers(int room, List<Answered> joining) {
  /** A run without people. */
  public static final Answers NONE = new Answers(0, List.of());

  /** Prompts and responses longer than this together, in characters, are not asked about. */
  public static final int LONGEST_TEXTS = 150_000;

  /**
   * A pair of an earlier step.
   *
   * @param probability that the chosen response is the better one, by the people that answered;
   *     empty where nobody has, and the fallback label holds
   */
  public record Answered(AskedPair pair, OptionalDouble probability) {}

  public Answers {
    joining = List.copyOf(joining);
  }
}
