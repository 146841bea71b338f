package dev.kelpie.config;

/** Supervised training, by {@code kelpie sft}. */
public record SftOptions(
    @Doc("optimizer updates") int steps,
    @Doc("rows per update") int batchSize,
    @Doc("column with the response") String response) {
  public static final SftOptions DEFAULTS = new SftOptions(100, 64, "response");

  public SftOptions {
    Require.atLeast("steps", steps, 1);
    Require.atLeast("batch-size", batchSize, 1);
    Require.that(!response.isEmpty(), "response: empty (expected: the name of a column)");
  }
}
