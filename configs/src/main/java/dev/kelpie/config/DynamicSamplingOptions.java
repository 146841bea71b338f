package dev.kelpie.config;

/** Replacement of groups whose rewards are all equal, which teach a comparison nothing. */
public record DynamicSamplingOptions(
    @Doc("leave groups without a spread of rewards out of the loss and sample further prompts")
        boolean enabled,
    @Doc("most times that a step samples further prompts") int maxRefills,
    @Doc("name of the reward whose spread counts; empty: that of all together") String metric) {
  public static final DynamicSamplingOptions DEFAULTS = new DynamicSamplingOptions(false, 3, "");

  public DynamicSamplingOptions {
    Require.atLeast("max-refills", maxRefills, 0);
    Require.that(
        enabled || metric.isEmpty(),
        "metric: %s (expected: none, because enabled = false)",
        metric);
  }
}
