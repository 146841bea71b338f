package dev.kelpie.model;

/** Rows of one batch during generation. Rows that have ended are dropped by {@link #keep}. */
public interface SampledBatch extends AutoCloseable {
  /**
   * Draws the first token of every row.
   *
   * @param uniforms a number in [0, 1) per row
   */
  SampledTokens first(float[] uniforms);

  /**
   * Draws up to {@code steps} more tokens for every row; fewer when all rows have ended before.
   * Tokens of a row after its end have no meaning.
   *
   * @param uniforms numbers in [0, 1), [rows, steps]
   * @param left per row, how many more tokens it may have, at least 1
   */
  SampledTokens next(float[] uniforms, int steps, int[] left);

  /** Drops all rows but the given ones, which keep their order. */
  void keep(int[] kept);

  @Override
  void close();
}
