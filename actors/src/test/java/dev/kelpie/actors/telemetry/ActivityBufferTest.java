package dev.kelpie.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunView.ActorState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ActivityBufferTest {
  private final ActivityBuffer reports = new ActivityBuffer();

  @Test
  void tellsWhatWasDoneBetweenBeatsAndTheNewestEvenWhenNothingIsNew() {
    reports.add(state("generating 1 of 8", 1));
    reports.add(state("generating 5 of 8", 1));
    reports.add(state("waiting", 2));

    assertThat(words(reports.take())).containsExactly("generating 5 of 8", "waiting");
    assertThat(words(reports.take())).containsExactly("waiting");
  }

  @Test
  void remembersOnlySoMuchOfABusyActor() {
    for (int i = 0; i < 100; i++) {
      reports.add(state("activity " + i, i));
    }
    assertThat(words(reports.take())).hasSize(32).endsWith("activity 99").startsWith("activity 68");
  }

  private static ActorState state(String doing, long since) {
    return new ActorState(
        "a",
        "host:1",
        "rollout",
        Activity.GENERATING,
        doing,
        Instant.ofEpochSecond(since),
        1,
        Map.of());
  }

  private static List<String> words(List<ActorState> states) {
    return states.stream().map(ActorState::doing).toList();
  }
}
