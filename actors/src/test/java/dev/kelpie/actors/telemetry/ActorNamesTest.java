package dev.kelpie.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ActorNamesTest {
  @Test
  void workerOfANamedProcessIsCalledAsItsProcess() {
    assertThat(ActorNames.rollout("rollout-2", 1, 1)).isEqualTo("rollout-2");
    assertThat(ActorNames.rollout("joined-4711-1", 1, 1)).isEqualTo("joined-4711-1");
  }

  @Test
  void severalWorkersOfAProcessAreNumbered() {
    assertThat(ActorNames.rollout("far", 1, 2)).isEqualTo("far-1");
    assertThat(ActorNames.rollout("far", 2, 2)).isEqualTo("far-2");
    assertThat(ActorNames.rollout("", 2, 2)).isEqualTo("rollout-2");
  }

  @Test
  void onlyActorsOfWhichARunHasOneAreCalledWithoutTheirNode() {
    assertThat(ActorNames.of("learner", "host:1")).isEqualTo("learner");
    assertThat(ActorNames.of("rollout-2", "host:1")).isEqualTo("rollout-2@host:1");
  }
}
