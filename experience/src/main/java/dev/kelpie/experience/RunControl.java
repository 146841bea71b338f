package dev.kelpie.experience;

/**
 * What may be asked of a run while it lives. Each call returns at once; that it took effect shows
 * in the {@link RunView}: its progress and its events.
 */
public interface RunControl {
  /** Finishes the step at hand, saves a checkpoint and ends. */
  void stop();

  /** Hands out no more work: what is being worked on is finished, then the run waits. */
  void pause();

  /** Goes on after {@link #pause}. */
  void resume();

  /** Saves a checkpoint as soon as no step is being trained. */
  void checkpoint();

  /**
   * Lets a rollout worker finish its unit and gives it no more; others do its part.
   *
   * @param worker its name in {@link RunView#actors}
   */
  void drain(String worker);
}
