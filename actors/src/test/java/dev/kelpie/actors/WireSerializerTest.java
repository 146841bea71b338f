package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import com.google.protobuf.InvalidProtocolBufferException;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.experience.scoring.ScorerState;
import dev.kelpie.runs.ReplayedGroup;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.broadcast.Holders;
import dev.kelpie.wire.broadcast.Holding;
import dev.kelpie.wire.broadcast.Ranges;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.FileTicket;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class WireSerializerTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(ConfigFactory.parseString("akka.actor.provider = local"));
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final FileTicket FILE = new FileTicket("/run/x.arrow", "", 9, HASH);
  private static final UnitId UNIT = new UnitId(Purpose.EVAL, 3, 1, 2);
  private static final PublishedWeights WEIGHTS =
      new PublishedWeights(
          "policy", new PolicyVersion(3), new ChunkedTicket("/w.arrow", "", 9, HASH), HASH);
  private static final WorkerPool.Worker WORKER = new WorkerPool.Worker("w", "host:1", -5, 2, 4);

  private final WireTable table = WireForms.table(ActorRefResolver.get(KIT.system()));

  @AfterAll
  static void end() {
    KIT.shutdownTestKit();
  }

  @Test
  void everyMessageSurvivesTheWire() throws InvalidProtocolBufferException {
    List<WireMessage> messages = messages();
    for (WireMessage message : messages) {
      Object back = table.read(table.manifest(message), table.write(message));
      assertThat(back).isEqualTo(message);
    }
    // One example of each, and nothing else is on the list.
    assertThat(messages.stream().map(Object::getClass).collect(Collectors.toSet()))
        .isEqualTo(table.types());
  }

  @Test
  void listHoldsEveryWireMessageOfEveryProtocol() {
    Set<Class<?>> declared =
        Stream.of(
                Coordinator.class,
                SampleMessage.class,
                ReferenceMessage.class,
                LearnerMessage.class,
                OperatorRequest.class,
                RolloutWorker.class,
                RewardWorker.class,
                ScoringWorker.class,
                LearnerWorker.class,
                HeartbeatSender.class,
                WeightSharing.class,
                Node.class)
            .flatMap(protocol -> Arrays.stream(protocol.getDeclaredClasses()))
            .filter(type -> type.isRecord() && WireMessage.class.isAssignableFrom(type))
            .collect(Collectors.toSet());

    assertThat(table.types()).isEqualTo(declared);
  }

  @Test
  void refusesWhatIsNotOnTheList() {
    assertThatThrownBy(() -> table.write("text"))
        .hasMessage("java.lang.String may not leave its actor system");
    assertThatThrownBy(() -> table.read("java.lang.Runtime", new byte[0]))
        .hasMessageContaining("unknown message");
    assertThatThrownBy(() -> table.read("generated", new byte[] {1, 2, 3}))
        .isInstanceOf(InvalidProtocolBufferException.class);
  }

  private static List<WireMessage> messages() {
    Sampling sampling = new Sampling(1, 0, 1, 0, 8, false);
    Prompt prompt = new Prompt("p", "text", TokenIds.of(1), Optional.empty(), Map.of());
    RolloutUnit unit =
        new RolloutUnit(
            new UnitId(Purpose.ROLLOUT, 1, 0, 0),
            0,
            List.of(prompt),
            2,
            sampling,
            TokenIds.empty(),
            1,
            new PolicyVersion(0));
    List<RewardOutcome> outcomes =
        List.of(
            new RewardOutcome.Scored(new Score(1, Map.of("a", 2f))),
            new RewardOutcome.Failed("no"));
    ActorState state =
        new ActorState(
            "a",
            "host:1",
            "rollout",
            Activity.SCORING,
            "x",
            Instant.ofEpochMilli(5),
            1,
            Map.of("n", 1.0));
    return List.of(
        new SampleMessage.RolloutReady(WORKER, ref()),
        new SampleMessage.Generated("w", UNIT, FILE, 12, 0.1, 0.2, 0.3),
        new SampleMessage.GenerateFailed("w", UNIT, "because"),
        new SampleMessage.RewardReady(WORKER, ref()),
        new SampleMessage.RowsScored("w", UNIT, 4, outcomes, 0.5),
        new SampleMessage.RewardFailed("w", UNIT, 4, "because", true),
        new ReferenceMessage.ScoringReady(WORKER, new ReferenceState(-1, ""), ref()),
        new ReferenceMessage.ReferenceScored("w", UNIT, FILE, 0.5, new Lookups(4, 2)),
        new ReferenceMessage.ReferenceSaved("w", 7),
        new LearnerMessage.LearnerReady(WEIGHTS, Optional.empty(), ref()),
        new LearnerMessage.LearnerReady(WEIGHTS, Optional.of(WEIGHTS), ref()),
        new LearnerMessage.Trained(
            new StepMetrics(3, Map.of("x", 1.0)),
            WEIGHTS,
            "abc",
            Optional.of(new ScorerState(3, "ghi")),
            List.of(new ReplayedGroup(new GroupId(Purpose.ROLLOUT, 2, 5), 8, 1)),
            "def",
            1,
            2,
            3),
        new LearnerMessage.CheckpointSaved(7, 5, HASH, "ab".repeat(32), 0.1),
        new Coordinator.PartFailed("learner", "because"),
        new Coordinator.Heartbeat(
            "host:1", List.of(state), List.of(new Link("a", "b", 3, 400)), ref()),
        new OperatorRequest.Stop(),
        new OperatorRequest.Pause(),
        new OperatorRequest.Resume(),
        new OperatorRequest.SaveNow(),
        new OperatorRequest.Drain("rollout-1@host:1"),
        new RolloutWorker.Generate(unit, WEIGHTS),
        new RolloutWorker.NoWork(true),
        new RewardWorker.ScoreRows(UNIT, FILE, 2, 4, Optional.empty(), Map.of()),
        new RewardWorker.ScoreRows(
            UNIT,
            FILE,
            2,
            4,
            Optional.of(FILE),
            Map.of("a", new Scale(3, 0.1, 2.5), "b", Scale.NONE)),
        new ScoringWorker.ScoreUnit(UNIT, FILE, 3),
        new ScoringWorker.Observe(WEIGHTS),
        new ScoringWorker.SaveReference(4, "/folder"),
        new ScoringWorker.RestoreReference(new ReferenceState(4, HASH), "/folder"),
        new LearnerWorker.Train(
            3,
            List.of(
                new ScoredUnit(UNIT, FILE, outcomes, Optional.of(FILE)),
                new ScoredUnit(UNIT, FILE, List.of(), Optional.empty()))),
        new LearnerWorker.SaveCheckpoint(3),
        new HeartbeatSender.HeartbeatAck(),
        new WeightSharing.Announced(
            "host:1", new Holding(HASH, "https://host:2/x", Ranges.all(7), true), ref()),
        new WeightSharing.Heard(
            new Holders(
                HASH,
                1,
                3,
                List.of(
                    new Holders.Holder(
                        "https://host:3/x",
                        new Ranges(List.of(new Ranges.Range(0, 4), new Ranges.Range(6, 9))))))),
        new HeartbeatSender.RunEnded(RunSummary.Status.STOPPED, 4, "", HASH),
        new Node.FindCoordinator(ref()),
        new Node.CoordinatorAt(ref()));
  }

  @Test
  void messagesBetweenActorsNameTheirSender() {
    assertThat(messages())
        .extracting(WireMessage::sender)
        .contains("w", "learner", "coordinator", "lifeline@host:1");
    assertThat(messages().stream().filter(message -> message.sender().isEmpty()))
        .as("those of people, and of nodes that look for the coordinator")
        .hasSize(7);
  }

  private static <T> ActorRef<T> ref() {
    return KIT.<T>createTestProbe().getRef();
  }
}
