package dev.kelpie.experience;

/**
 * Requests to a run while it is running. Each call returns at once; its effect shows in the
 * progress and the events of the {@link RunView}.
 */
public interface RunControl {
  /** Finishes the step at hand, saves a checkpoint and ends. */
  void stop();

  /** Issues no more work: work under way is finished, then the run waits. */
  void pause();

  /** Continues after {@link #pause}. */
  void resume();

  /** Saves a checkpoint as soon as no step is being trained. */
  void checkpoint();

  /**
   * Lets a rollout worker finish its unit and gives it no more work; other workers take its share.
   *
   * @param worker its name in {@link RunView#actors}
   */
  void drain(String worker);
}
