package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.KebabCase;
import dev.kelpie.config.Require;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Input of credit assignment: all responses of a training step with their rewards. Rows are
 * responses in any order; a row has as many columns as its response has tokens, or all rows are
 * padded to one width. Numbers are double whatever the model's dtype. The arrays are not copied and
 * must not change.
 */
public final class RewardBatch {
  /** Per-token numbers that some estimators need beside the rewards. */
  public enum Column {
    /** The value function's output for the state before each token. */
    VALUES,
    /** Rewards that a process reward model gives the tokens. */
    PROCESS_REWARDS,
    /** Log-probabilities of the policy before the step. */
    OLD_LOGPROBS,
    /** Sum over the vocabulary of the squared probabilities at each token. */
    SUM_SQUARED_PROBS,
    /** Importance weights. */
    WEIGHTS
  }

  private final double[][] tokenRewards;
  private final double[][] mask;
  private final int[] groups;
  private final Map<Column, double[][]> columns;
  private final double[] greedyRewards;
  private final double[][] components;

  private RewardBatch(
      double[][] tokenRewards,
      double[][] mask,
      int[] groups,
      Map<Column, double[][]> columns,
      double[] greedyRewards,
      double[][] components) {
    this.tokenRewards = tokenRewards;
    this.mask = mask;
    this.groups = groups;
    this.columns = columns;
    this.greedyRewards = greedyRewards;
    this.components = components;
  }

  /**
   * Responses with per-token rewards.
   *
   * @param tokenRewards [B][R]: the score on the last token, or dense, minus a KL penalty if the
   *     experiment puts it there
   * @param mask [B][R]: 1 on tokens the policy produced, else 0
   * @param groups [B]: responses with the same number answer the same prompt
   */
  public static RewardBatch of(double[][] tokenRewards, double[][] mask, int[] groups) {
    checkShape("token-rewards", tokenRewards, mask);
    Require.that(
        groups.length == mask.length,
        "groups: %s (expected: one for each of %s rows)",
        groups.length,
        mask.length);
    return new RewardBatch(
        tokenRewards, mask, groups, new EnumMap<>(Column.class), new double[0], new double[0][]);
  }

  /** The same with {@code numbers} [B][R] as {@code column}. */
  public RewardBatch with(Column column, double[][] numbers) {
    checkShape(KebabCase.of(column), numbers, mask);
    Map<Column, double[][]> more = new EnumMap<>(columns);
    more.put(column, numbers);
    return new RewardBatch(tokenRewards, mask, groups, more, greedyRewards, components);
  }

  /** The same with the reward of the greedy response to each row's prompt [B]. */
  public RewardBatch withGreedyRewards(double[] rewards) {
    Require.that(
        rewards.length == rows(), "greedy-rewards: %s (expected: %s)", rewards.length, rows());
    return new RewardBatch(tokenRewards, mask, groups, columns, rewards, components);
  }

  /** The same with the K components of each row's reward [K][B]. */
  public RewardBatch withComponents(double[][] rewards) {
    for (double[] component : rewards) {
      Require.that(
          component.length == rows(), "rewards: %s (expected: %s)", component.length, rows());
    }
    return new RewardBatch(tokenRewards, mask, groups, columns, greedyRewards, rewards);
  }

  private static void checkShape(String name, double[][] numbers, double[][] mask) {
    Require.that(
        numbers.length == mask.length,
        "%s: %s rows (expected: %s)",
        name,
        numbers.length,
        mask.length);
    for (int b = 0; b < mask.length; b++) {
      Require.that(
          numbers[b].length == mask[b].length,
          "%s: %s tokens in row %s (expected: %s)",
          name,
          numbers[b].length,
          b,
          mask[b].length);
    }
  }

  /** Number of responses, B. */
  public int rows() {
    return mask.length;
  }

  /** Number of tokens of {@code row}, masked ones included. */
  public int width(int row) {
    return mask[row].length;
  }

  /** Number of tokens of {@code row} whose mask is 1. */
  public double length(int row) {
    return Arrays.stream(mask[row]).sum();
  }

  /** The mask [B][R]; not to be changed. */
  public double[][] mask() {
    return mask;
  }

  /** The rewards [B][R]; not to be changed. */
  public double[][] tokenRewards() {
    return tokenRewards;
  }

  /** The numbers of {@code column} [B][R]; throws if the batch does not have them. */
  public double[][] get(Column column) {
    double[][] numbers = columns.get(column);
    if (numbers == null) {
      throw missing(KebabCase.of(column));
    }
    return numbers;
  }

  /** Whether the batch has {@code column}. */
  public boolean has(Column column) {
    return columns.containsKey(column);
  }

  /** The reward of the greedy response to each row's prompt. */
  public double[] greedyRewards() {
    if (greedyRewards.length != rows()) {
      throw missing("greedy-rewards");
    }
    return greedyRewards;
  }

  /** The components of each row's reward [K][B]. */
  public double[][] components() {
    if (components.length == 0) {
      throw missing("reward components");
    }
    return components;
  }

  /** The total reward of each row [B]. */
  public double[] scores() {
    double[] scores = new double[rows()];
    for (int b = 0; b < scores.length; b++) {
      for (double reward : tokenRewards[b]) {
        scores[b] += reward;
      }
    }
    return scores;
  }

  /** The rows of each group, groups in order of their number. */
  public List<int[]> groups() {
    Map<Integer, List<Integer>> members = new TreeMap<>();
    for (int b = 0; b < groups.length; b++) {
      members.computeIfAbsent(groups[b], g -> new ArrayList<>()).add(b);
    }
    return members.values().stream()
        .map(rows -> rows.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  private static IllegalStateException missing(String name) {
    return new IllegalStateException(
        "the advantage estimator needs " + name + ", which the batch does not have");
  }
}
