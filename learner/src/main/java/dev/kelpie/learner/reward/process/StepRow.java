package dev.kelpie.learner.reward.process;

import dev.kelpie.experience.TokenIds;
import java.util.List;

/**
 * A response in steps, of which each is right or wrong.
 *
 * @param id of its row
 * @param prompt at least one token
 * @param response the steps, each followed by the separator
 * @param ends places in {@code response} of the last token of each separator
 * @param right whether a step is right
 */
record StepRow(
    String id, TokenIds prompt, TokenIds response, List<Integer> ends, List<Boolean> right) {
  StepRow {
    ends = List.copyOf(ends);
    right = List.copyOf(right);
  }
}
