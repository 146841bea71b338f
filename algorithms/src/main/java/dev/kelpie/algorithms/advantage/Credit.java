package dev.kelpie.algorithms.advantage;

import dev.kelpie.experience.PerToken;

/** Advantages and returns of every token, 0 where the mask is 0; rows as in {@link RewardBatch}. */
public final class Credit {
  private final double[][] advantages;
  private final double[][] returns;

  private Credit(double[][] advantages, double[][] returns) {
    this.advantages = advantages;
    this.returns = returns;
  }

  /** Per-token numbers [B][R], masked here. The arrays are not copied. */
  static Credit of(double[][] advantages, double[][] returns, RewardBatch batch) {
    return new Credit(masked(advantages, batch), masked(returns, batch));
  }

  /** One number for all tokens of a row, as advantage and as return. */
  static Credit ofRows(double[] rowAdvantages, RewardBatch batch) {
    double[][] advantages = broadcast(rowAdvantages, batch);
    return new Credit(advantages, advantages);
  }

  /** Each row's number on every token of it, 0 where the mask is 0: [B][R]. */
  static double[][] broadcast(double[] rowNumbers, RewardBatch batch) {
    double[][] numbers = new double[batch.rows()][];
    for (int b = 0; b < numbers.length; b++) {
      numbers[b] = new double[batch.width(b)];
      for (int t = 0; t < numbers[b].length; t++) {
        numbers[b][t] = batch.mask()[b][t] != 0 ? rowNumbers[b] : 0;
      }
    }
    return numbers;
  }

  private static double[][] masked(double[][] numbers, RewardBatch batch) {
    double[][] masked = new double[numbers.length][];
    for (int b = 0; b < numbers.length; b++) {
      masked[b] = numbers[b].clone();
      for (int t = 0; t < masked[b].length; t++) {
        masked[b][t] = batch.mask()[b][t] != 0 ? masked[b][t] : 0;
      }
    }
    return masked;
  }

  /** The advantages [B][R]. */
  public double[][] advantages() {
    return advantages;
  }

  /** The returns [B][R]: what a value function regresses to. */
  public double[][] returns() {
    return returns;
  }

  /** The advantages of {@code row} as float32. */
  public PerToken advantages(int row) {
    return perToken(advantages[row]);
  }

  /** The returns of {@code row} as float32. */
  public PerToken returns(int row) {
    return perToken(returns[row]);
  }

  private static PerToken perToken(double[] numbers) {
    float[] floats = new float[numbers.length];
    for (int t = 0; t < floats.length; t++) {
      floats[t] = (float) numbers[t];
    }
    return PerToken.of(floats);
  }
}
