package dev.kelpie.config;

/** Evaluation on held-out prompts. */
public record EvalOptions(
    @Doc("steps between two evaluations; 0: only before the first and after the last step")
        int every,
    @Doc("file of held-out prompts, columns as in data; empty: no evaluation") String path,
    @Doc("prompts taken from the file's start; 0: all") int samples,
    @Doc("sampling temperature") double temperature,
    @Doc("measure greedy decoding too") boolean greedy) {
  public static final EvalOptions DEFAULTS = new EvalOptions(0, "", 256, 1, true);

  public EvalOptions {
    Require.atLeast("every", every, 0);
    Require.atLeast("samples", samples, 0);
    Require.positive("temperature", temperature);
    Require.that(
        every == 0 || !path.isEmpty(), "every: %s (expected: 0, because path is empty)", every);
  }
}
