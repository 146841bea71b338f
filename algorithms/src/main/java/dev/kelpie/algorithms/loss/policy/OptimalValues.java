package dev.kelpie.algorithms.loss.policy;

import dev.kelpie.experience.Prompt;
import java.util.Arrays;

/**
 * Values of prompts under the policy that is optimal for the reward and the KL to the reference:
 * {@code V = beta log mean exp(score / beta)} over responses to the prompt, or a column of the data
 * set that was computed so beforehand.
 *
 * <p>A*-PO, Brantley et al. 2025, https://arxiv.org/abs/2505.20686, eq. 4. Differs without a
 * column: the responses are those of the step, drawn by the policy and not by the reference.
 *
 * @param beta strength of the KL to the reference
 * @param column the column; empty: the value is that of the prompt's group
 */
public record OptimalValues(double beta, String column) {
  /** The value of a prompt from the scores of responses to it. */
  public double ofGroup(double[] scores) {
    double best = Arrays.stream(scores).max().orElseThrow();
    double mean =
        Arrays.stream(scores).map(s -> Math.exp((s - best) / beta)).average().orElseThrow();
    return best + beta * Math.log(mean);
  }

  /**
   * The value that the data give a prompt.
   *
   * @throws IllegalArgumentException if the column holds no finite number
   */
  public double of(Prompt prompt) {
    String written = prompt.metadata().getOrDefault(column, "nothing");
    double value;
    try {
      value = Double.parseDouble(written);
    } catch (NumberFormatException e) {
      value = Double.NaN;
    }
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "algorithm.loss.value-column: column "
              + column
              + " holds "
              + written
              + " (expected: a finite number)");
    }
    return value;
  }
}
