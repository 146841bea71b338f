package dev.kelpie.experience;

import java.util.Arrays;
import java.util.Locale;

/** What a run is doing as a whole, or how a recorded run ended. */
public enum RunPhase {
  STARTING,
  EVALUATING,
  TRAINING,
  PAUSED,
  STOPPING,
  SAVING,
  /** It has ended, and its process has not. */
  DONE,
  FINISHED,
  STOPPED,
  FAILED,
  /** A recorded run that did not reach its end. */
  UNFINISHED;

  /** The phase as people see it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The phase of a word; {@link #UNFINISHED} when there is none. */
  public static RunPhase of(String word) {
    return Arrays.stream(values())
        .filter(phase -> phase.word().equals(word))
        .findFirst()
        .orElse(UNFINISHED);
  }
}
