package dev.kelpie.config;

/** The run as a whole. */
public record RunOptions(
    @Doc("first part of the run folder's name; empty: the experiment file's name") String name,
    @Doc("policy updates until the run ends, in steps of the whole loop") long steps,
    @Doc("seed of initial weights, order of prompts and samples") long seed) {
  public static final RunOptions DEFAULTS = new RunOptions("", 100, 1);

  public RunOptions {
    Require.that(
        name.matches("[A-Za-z0-9._-]*"), "name: %s (expected: letters, digits, . _ -)", name);
    Require.atLeast("steps", steps, 1);
  }

  /** Where the numbers of a run are sent, beside its folder. */
  public record Tracking(
      @Doc("address of an MLflow server that is sent metrics and settings; empty: none")
          String mlflowUrl,
      @Doc("name of the experiment there") String experiment) {
    public static final Tracking DEFAULTS = new Tracking("", "kelpie");

    public Tracking {
      Require.that(!experiment.isBlank(), "experiment: missing (expected: a name)");
    }
  }
}
