package dev.kelpie.rewards.remote;

import java.util.Map;

/**
 * Answer of a model to a {@link Question}.
 *
 * @param complete whether it ended by itself, not at the limit of tokens
 * @param first log-probabilities of the most likely first tokens, if they were asked for
 */
public record ChatAnswer(String text, boolean complete, Map<String, Double> first) {
  public ChatAnswer {
    first = Map.copyOf(first);
  }
}
