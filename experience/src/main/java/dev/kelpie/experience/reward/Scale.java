package dev.kelpie.experience.reward;

/**
 * Mean and spread of the numbers so far, by Welford's method.
 *
 * @param count how many
 * @param mean their mean; 0 for none
 * @param squares sum of the squares of their distances from the mean
 */
public record Scale(long count, double mean, double squares) {
  /** Of no numbers. */
  public static final Scale NONE = new Scale(0, 0, 0);

  /** With one number more. */
  public Scale with(double number) {
    double distance = number - mean;
    double moved = mean + distance / (count + 1);
    return new Scale(count + 1, moved, squares + distance * (number - moved));
  }

  /** The unbiased standard deviation; 0 for fewer than two numbers. */
  public double deviation() {
    return count < 2 ? 0 : Math.sqrt(squares / (count - 1));
  }
}
