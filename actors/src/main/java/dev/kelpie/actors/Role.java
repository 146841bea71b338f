package dev.kelpie.actors;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A kind of work that a process does in a run. One process may have every role. */
public enum Role {
  /** Trains; the coordinator, metrics and watchdog live here too. One per run. */
  LEARNER,
  /** Generates. */
  ROLLOUT,
  /** Scores responses. */
  REWARD,
  /** Computes reference log-probabilities. */
  SCORING;

  /** The name in experiment files and in the cluster. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The roles called {@code names}; all of them when there are none.
   *
   * @throws IllegalArgumentException on an unknown name
   */
  public static Set<Role> parse(List<String> names) {
    if (names.isEmpty()) {
      return EnumSet.allOf(Role.class);
    }
    return names.stream()
        .map(Role::parse)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Role.class)));
  }

  private static Role parse(String name) {
    return Arrays.stream(values())
        .filter(role -> role.key().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "cluster.roles: " + name + " (expected: learner, rollout, reward or scoring)"));
  }
}
