package dev.kelpie.actors.telemetry;

import java.util.Set;

/** What actors are called in a run. Those of which a run has one have a plain name. */
public final class ActorNames {
  public static final String COORDINATOR = "coordinator";
  public static final String LEARNER = "learner";
  public static final String METRICS = "metrics";
  public static final String WATCHDOG = "watchdog";
  public static final String LIFELINE = "lifeline";
  public static final String WEIGHTS = "weights";

  private static final Set<String> ONE_PER_RUN = Set.of(COORDINATOR, LEARNER, METRICS, WATCHDOG);

  private ActorNames() {}

  /**
   * The name of a rollout worker in its actor system. The worker of a process with a name has that
   * name, so that the workers of several processes can be told apart.
   *
   * @param process name of its process, or empty
   * @param number its number in the process, from 1
   * @param workers rollout workers in the process
   */
  public static String rollout(String process, int number, int workers) {
    if (process.isEmpty()) {
      return "rollout-" + number;
    }
    return workers == 1 ? process : process + "-" + number;
  }

  /**
   * The name of an actor in the run.
   *
   * @param local its name in its actor system
   * @param node host and port of the actor system
   */
  public static String of(String local, String node) {
    return ONE_PER_RUN.contains(local) ? local : local + "@" + node;
  }
}
