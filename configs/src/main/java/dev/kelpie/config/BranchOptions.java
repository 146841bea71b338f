package dev.kelpie.config;

/** Training that is done to sample with its result, and then given up. */
public record BranchOptions(
    @Doc("every other iteration is a branch: its weights sample the next one and are discarded")
        boolean discard) {
  public static final BranchOptions DEFAULTS = new BranchOptions(false);
}
