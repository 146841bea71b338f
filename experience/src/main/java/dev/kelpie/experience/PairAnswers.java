package dev.kelpie.experience;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a step is told of the pairs that people label.
 *
 * @param room how many of its own pairs people may be asked about
 * @param joining pairs of earlier steps that it is trained on
 */
public record PairAnswers(int room, List<Answered> joining) {
  /** A run without people. */
  public static final PairAnswers NONE = new PairAnswers(0, List.of());

  /** Prompts and responses longer than this together, in characters, are not asked about. */
  public static final int LONGEST_TEXTS = 150_000;

  /**
   * A pair that people are asked about.
   *
   * @param chosen number of the response within the group that the pairing proposes as the better
   *     one
   * @param rejected number of the other one
   * @param features what the priority of the pair follows from; none where it has none
   */
  public record AskedPair(GroupId group, int chosen, int rejected, Map<String, Double> features) {
    public AskedPair {
      features = Map.copyOf(features);
    }
  }

  /**
   * A pair of an earlier step.
   *
   * @param probability that the chosen response is the better one, by the people that answered;
   *     empty where nobody has, and the fallback label holds
   */
  public record Answered(AskedPair pair, OptionalDouble probability) {}

  public PairAnswers {
    joining = List.copyOf(joining);
  }
}
