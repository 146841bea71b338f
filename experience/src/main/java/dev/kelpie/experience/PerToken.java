package dev.kelpie.experience;

import java.util.Arrays;

/** An immutable float32 number per token of a response: log-probabilities, advantages, returns. */
public final class PerToken {
  private static final PerToken EMPTY = new PerToken(new float[0]);

  private final float[] values;

  private PerToken(float[] values) {
    this.values = values;
  }

  /** Wraps a copy of {@code values}. */
  public static PerToken of(float... values) {
    return values.length == 0 ? EMPTY : new PerToken(values.clone());
  }

  /** The same {@code value} for {@code length} tokens. */
  public static PerToken constant(float value, int length) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return new PerToken(values);
  }

  /** No tokens, no numbers. */
  public static PerToken empty() {
    return EMPTY;
  }

  /** Number of tokens. */
  public int length() {
    return values.length;
  }

  /** The number of the token at {@code index}, counted from 0. */
  public float get(int index) {
    return values[index];
  }

  /** The sum of all numbers, accumulated in double. */
  public double sum() {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }

  /** A fresh array of the numbers. */
  public float[] toArray() {
    return values.clone();
  }

  /** Copies all numbers into {@code target}, starting at {@code offset}. */
  public void copyTo(float[] target, int offset) {
    System.arraycopy(values, 0, target, offset, values.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PerToken that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.toString(values);
  }
}
