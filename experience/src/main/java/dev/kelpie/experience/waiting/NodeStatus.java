package dev.kelpie.experience.waiting;

import dev.kelpie.experience.RunView.ActorState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A node of a run as the coordinator knows it.
 *
 * @param node host and port of its actor system
 * @param since when it joined
 * @param heartbeat its last sign of life
 * @param actors the last states of its actors
 * @param tasks what its workers have been given and not finished
 */
public record NodeStatus(
    String node,
    Presence presence,
    Instant since,
    Instant heartbeat,
    List<ActorState> actors,
    List<Task> tasks) {
  private static final Set<String> ROLES = Set.of("learner", "rollout", "reward", "scoring");

  /** Whether a node takes part in a run. */
  public enum Presence {
    PRESENT,
    /** Its heartbeats have stopped, and its work was given to others. */
    LOST,
    /** It was drained and has left. */
    LEFT;
  }

  /** What a worker has been given and not finished. */
  public record Task(String worker, String what, Instant since) {}

  public NodeStatus {
    actors = List.copyOf(actors);
    tasks = List.copyOf(tasks);
  }

  /** The same by a clock that is ahead by {@code drift}. */
  NodeStatus shifted(Duration drift) {
    return new NodeStatus(
        node,
        presence,
        since.plus(drift),
        heartbeat.plus(drift),
        actors,
        tasks.stream()
            .map(task -> new Task(task.worker(), task.what(), task.since().plus(drift)))
            .toList());
  }

  /** The roles of its process. */
  public List<String> roles() {
    TreeSet<String> roles = new TreeSet<>();
    actors.stream().map(ActorState::role).filter(ROLES::contains).forEach(roles::add);
    return List.copyOf(roles);
  }

  /** The last state of one of its actors. */
  public Optional<ActorState> actor(String name) {
    return actors.stream().filter(state -> state.name().equals(name)).findFirst();
  }

  /** Its workers of a role. */
  public List<ActorState> workers(String role) {
    return actors.stream().filter(state -> state.role().equals(role)).toList();
  }
}
