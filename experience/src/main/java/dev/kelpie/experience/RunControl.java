package dev.kelpie.experience;

/** What may be asked of a run while it lives. */
public interface RunControl {
  /** Finishes the step at hand, saves a checkpoint and ends. */
  void stop();
}
