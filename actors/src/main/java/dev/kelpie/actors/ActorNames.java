package dev.kelpie.actors;

import java.util.Set;

/** What actors are called in a run. Those of which a run has one have a plain name. */
final class ActorNames {
  static final String COORDINATOR = "coordinator";
  static final String LEARNER = "learner";
  static final String METRICS = "metrics";
  static final String WATCHDOG = "watchdog";
  static final String LIFELINE = "lifeline";

  private static final Set<String> ONE_PER_RUN = Set.of(COORDINATOR, LEARNER, METRICS, WATCHDOG);

  private ActorNames() {}

  /**
   * The name of an actor in the run.
   *
   * @param local its name in its actor system
   * @param node host and port of the actor system
   */
  static String of(String local, String node) {
    return ONE_PER_RUN.contains(local) ? local : local + "@" + node;
  }
}
