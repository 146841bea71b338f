package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.typed.PostStop;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.actors.telemetry.LiveRunView;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of the metrics hub and the view that it updates. */
@SuppressWarnings("NullAway.Init")
class MetricsHubTest {
  private final LiveRunView view = new LiveRunView(new Progress(RunPhase.STARTING, 0, 6));
  private RunFolder folder;
  private BehaviorTestKit<MetricsHub.Command> hub;

  @BeforeEach
  void start(@TempDir Path temp) {
    folder = new RunFolder(temp);
    hub =
        BehaviorTestKit.create(MetricsHub.create("host:1", view, folder, 0, new Traffic("host:1")));
  }

  private static ActorState learner() {
    return new ActorState(
        "learner",
        "host:2",
        "learner",
        Activity.TRAINING,
        "training step 1",
        Instant.EPOCH,
        0,
        Map.of());
  }

  @Test
  void numbersOfAStepAreWrittenAndShown() throws IOException {
    hub.run(new MetricsHub.Numbers(new StepMetrics(1, Map.of("reward/mean", 0.5))));
    hub.run(new MetricsHub.Numbers(new StepMetrics(1, Map.of("eval/reward/mean", 0.75))));
    hub.signal(PostStop.instance());

    assertThat(view.metrics(1)).hasSize(1);
    assertThat(view.metrics(1).get(0).values())
        .containsEntry("reward/mean", 0.5)
        .containsEntry("eval/reward/mean", 0.75);
    assertThat(Files.readAllLines(folder.metricsFile())).hasSize(2);
    assertThat(folder.tensorboard()).isNotEmptyDirectory();
  }

  @Test
  void eventsAreWrittenAndShown() throws IOException {
    hub.run(new MetricsHub.Happened(RunEvent.Level.WARNING, "watchdog", "no progress for 61 s"));
    hub.signal(PostStop.instance());

    assertThat(view.events())
        .extracting(RunEvent::level, RunEvent::source, RunEvent::text)
        .containsExactly(tuple(RunEvent.Level.WARNING, "watchdog", "no progress for 61 s"));
    assertThat(Files.readString(folder.runEventsFile())).contains("no progress for 61 s");
  }

  @Test
  void viewShowsTheActorsAndTheHubItself() {
    hub.run(
        new MetricsHub.States(
            List.of(learner()), List.of(new Link("learner", "coordinator", 2, 0))));

    assertThat(view.actors()).extracting(ActorState::name).contains("learner", "metrics");
    assertThat(view.links()).containsExactly(new Link("learner", "coordinator", 2, 0));
  }

  @Test
  void actorsOfALostNodeAreShownAsLost() {
    hub.run(new MetricsHub.States(List.of(learner()), List.of()));

    hub.run(new MetricsHub.NodeGone("host:2", false));

    assertThat(view.actors())
        .filteredOn(actor -> actor.name().equals("learner"))
        .extracting(ActorState::doing)
        .containsExactly("lost");
  }

  @Test
  void viewShowsProgressAndLedger() {
    hub.run(new MetricsHub.ProgressChanged(new Progress(RunPhase.TRAINING, 2, 6)));
    hub.run(new MetricsHub.Counted(Map.of("consumed", 24L)));

    assertThat(view.progress()).isEqualTo(new Progress(RunPhase.TRAINING, 2, 6));
    assertThat(view.ledger()).containsExactly(Map.entry("consumed", 24L));
  }

  @Test
  void lastStateOfTheActorsIsWrittenWhenItStops() throws IOException {
    hub.run(new MetricsHub.States(List.of(learner()), List.of()));
    hub.signal(PostStop.instance());

    JsonNode file = new ObjectMapper().readTree(folder.actorsFile().toFile());
    assertThat(file.get("actors").findValuesAsText("name")).contains("learner");
  }
}
