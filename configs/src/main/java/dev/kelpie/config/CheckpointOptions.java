package dev.kelpie.config;

/** Checkpoints, from which a run is resumed. */
public record CheckpointOptions(
    @Doc("steps between two checkpoints; 0: only at the end") int every,
    @Doc("how many of the latest are kept") int keep) {
  public static final CheckpointOptions DEFAULTS = new CheckpointOptions(20, 2);

  public CheckpointOptions {
    Require.atLeast("every", every, 0);
    Require.atLeast("keep", keep, 1);
  }
}
