package dev.kelpie.experience;

import java.util.Locale;

/** What a run is doing as a whole; how it ended, once it has. */
public enum RunPhase {
  STARTING,
  EVALUATING,
  TRAINING,
  PAUSED,
  STOPPING,
  SAVING,
  DONE;

  /** The phase as people see it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
