package dev.kelpie.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Moment;
import dev.kelpie.experience.RunView.Progress;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveRunViewTest {
  private final LiveRunView seen = new LiveRunView(new Progress(RunPhase.STARTING, 0, 1));

  @Test
  void timelineHoldsOneMomentForEachActivityAndIsBounded() {
    seen.put(state("a", "generating 1 of 8", 1));
    seen.put(state("a", "generating 5 of 8", 1));
    seen.put(state("a", "waiting", 2));
    assertThat(seen.timeline("a"))
        .containsExactly(
            new Moment(Instant.ofEpochSecond(1), Activity.GENERATING, "generating 5 of 8", 3),
            new Moment(Instant.ofEpochSecond(2), Activity.WAITING, "waiting", 3));
    for (int i = 10; i < 1000; i++) {
      seen.put(state("a", "activity " + i, i));
    }
    assertThat(seen.timeline("a")).hasSize(200);
    assertThat(seen.timeline("nobody")).isEmpty();
  }

  @Test
  void lostActorIsShownForAWhile() {
    Instant death = Instant.ofEpochSecond(100);
    seen.put(state("a", "waiting", 1));
    seen.put(new Link("coordinator", "a", 5, 50));
    seen.put(new Link("coordinator", "b", 7, 70));
    seen.lost("elsewhere:1", death);
    assertThat(seen.actors()).extracting(ActorState::doing).containsExactly("waiting");

    seen.lost("host:1", death);
    seen.lost("host:1", death.plusSeconds(30));

    assertThat(seen.actors()).extracting(ActorState::doing).containsExactly("lost");
    seen.forgetLost(death.plus(LiveRunView.LOST_SHOWN));
    assertThat(seen.actors()).hasSize(1);
    seen.forgetLost(death.plus(LiveRunView.LOST_SHOWN).plusMillis(1));
    assertThat(seen.actors()).isEmpty();
    assertThat(seen.timeline("a")).isEmpty();
    assertThat(seen.links()).containsExactly(new Link("coordinator", "b", 7, 70));
  }

  @Test
  void linkHasTheNewestCounts() {
    seen.put(new Link("a", "b", 1, 10));
    seen.put(new Link("a", "b", 3, 30));
    assertThat(seen.links()).containsExactly(new Link("a", "b", 3, 30));
  }

  private static ActorState state(String name, String doing, long since) {
    return new ActorState(
        name,
        "host:1",
        "rollout",
        Activity.of(doing.split(" ", 2)[0]),
        doing,
        Instant.ofEpochSecond(since),
        3,
        Map.of());
  }
}
