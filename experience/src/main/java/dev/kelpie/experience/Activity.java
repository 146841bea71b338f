package dev.kelpie.experience;

import java.util.Arrays;
import java.util.Locale;

/** The kind of work that an actor does; {@link RunView.ActorState#doing} says more in words. */
public enum Activity {
  STARTING,
  OPENING,
  TRAINING,
  SAVING,
  GENERATING,
  SCORING,
  WAITING,
  /** It gets no more work. */
  DRAINED,
  FAILED,
  /** Its process is gone. */
  LOST,
  LEADING,
  WRITING,
  WATCHING,
  /** The watchdog misses progress. */
  MISSING,
  /** It sends heartbeats. */
  TELLING,
  /** An activity that this version does not know. */
  OTHER;

  /** Whether it is work on a step of the run, rather than waiting for another actor. */
  public boolean isWork() {
    return switch (this) {
      case OPENING, TRAINING, SAVING, GENERATING, SCORING -> true;
      default -> false;
    };
  }

  /** The activity in one word, in files and on the page. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The activity of a word; {@link #OTHER} when there is none. */
  public static Activity of(String word) {
    return Arrays.stream(values())
        .filter(activity -> activity.word().equals(word))
        .findFirst()
        .orElse(OTHER);
  }
}
