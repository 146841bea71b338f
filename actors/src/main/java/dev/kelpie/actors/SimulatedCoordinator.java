package dev.kelpie.actors;

import akka.actor.ActorPath;
import akka.actor.Address;
import akka.actor.RootActorPath;
import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.CannotContinue;
import dev.kelpie.actors.plan.HeartbeatMonitor;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.ScoringNeed;
import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The coordinator without its actor: the same {@link TrainingLoop}, journal and {@link
 * HeartbeatMonitor}, whose messages come from a simulation and whose orders go to it. All calls
 * come from one thread; time is what the simulation says it is.
 */
public final class SimulatedCoordinator {
  private final TrainingLoop loop;
  private final HeartbeatMonitor heartbeats;
  private final InstantSource time;

  /** Receives the orders of a coordinator; one for each incarnation of a worker. */
  public interface Worker {
    /** A unit is to be generated with {@code weights}. */
    default void generate(RolloutUnit unit, PublishedWeights weights) {
      throw new IllegalStateException("no rollout worker: " + unit.id());
    }

    /** There is nothing to do. */
    default void noWork() {}

    /** The rows {@code from} (included) to {@code to} (excluded) of a file are to be scored. */
    default void score(UnitId unit, FileTicket file, int from, int to) {
      throw new IllegalStateException("no reward worker: " + unit);
    }

    /** The responses of a file are to be scored by models. */
    default void reference(UnitId unit, FileTicket file) {
      throw new IllegalStateException("no scoring worker: " + unit);
    }

    /** A step is to be trained. */
    default void train(long step, List<ScoredUnit> units) {
      throw new IllegalStateException("no learner: step " + step);
    }

    /** A checkpoint of the weights after {@code step} is to be saved. */
    default void save(long step) {
      throw new IllegalStateException("no learner: checkpoint " + step);
    }
  }

  /**
   * What a simulated run is made of.
   *
   * @param need which responses are scored by models; {@link ScoringNeed#NONE} without models
   * @param from the checkpoint it continues from
   * @param ended takes the summary of a run that ends
   */
  public record Setup(
      Experiment experiment,
      RunFolder folder,
      RolloutUnits units,
      RunLog log,
      ScoringNeed need,
      Optional<CheckpointStore.Saved> from,
      InstantSource time,
      Consumer<RunSummary> ended) {}

  /** An address whose messages are handed over at once. */
  private record Inbox<T>(Consumer<Object> sink) implements ActorRef<T> {
    private static final ActorPath PATH =
        new RootActorPath(new Address("kelpie", "simulation"), "/").child("inbox");

    @Override
    public void tell(T message) {
      sink.accept(message);
    }

    @Override
    public <U extends T> ActorRef<U> narrow() {
      return new Inbox<>(sink);
    }

    @Override
    public <U> ActorRef<U> unsafeUpcast() {
      return new Inbox<>(sink);
    }

    @Override
    public ActorPath path() {
      return PATH;
    }

    @Override
    public int compareTo(ActorRef<?> other) {
      return Integer.compare(hashCode(), other.hashCode());
    }
  }

  /** Hands the orders to a worker. */
  private record Delivery(Worker worker) implements Consumer<Object> {
    @Override
    public void accept(Object message) {
      if (message instanceof RolloutWorker.Generate order) {
        worker.generate(order.unit(), order.weights());
      } else if (message instanceof RolloutWorker.NoWork) {
        worker.noWork();
      } else if (message instanceof RewardWorker.ScoreRows order) {
        worker.score(order.unit(), order.file(), order.from(), order.to());
      } else if (message instanceof ScoringWorker.ScoreUnit order) {
        worker.reference(order.unit(), order.file());
      } else if (message instanceof LearnerWorker.Train order) {
        worker.train(order.step(), order.units());
      } else if (message instanceof LearnerWorker.SaveCheckpoint order) {
        worker.save(order.step());
      } else {
        throw new IllegalArgumentException(message + ": not simulated");
      }
    }
  }

  /** Creates a coordinator that has not heard of any worker. */
  public SimulatedCoordinator(Setup setup) {
    time = setup.time();
    heartbeats = new HeartbeatMonitor(HeartbeatSender.LEASE, Coordinator.TICK, nanos());
    Optional<RunSetup.Scoring> models =
        setup.need() == ScoringNeed.NONE
            ? Optional.empty()
            : Optional.of(
                new RunSetup.Scoring(
                    () -> {
                      throw new IllegalStateException("a simulation opens no models");
                    },
                    setup.need() == ScoringNeed.REWARDS,
                    Optional.empty(),
                    ""));
    Consumer<Object> owner =
        message -> {
          if (message instanceof Node.RunEnds end) {
            setup.ended().accept(end.summary());
          }
        };
    loop =
        new TrainingLoop(
            new TrainingLoop.Setup(
                setup.experiment(),
                setup.folder(),
                setup.units(),
                setup.log(),
                setup.from(),
                models,
                new Inbox<>(message -> {}),
                new Inbox<>(owner),
                time),
            () -> TrafficTotals.NONE,
            Optional::empty,
            ended -> {});
  }

  private long nanos() {
    return Duration.between(Instant.EPOCH, time.instant()).toNanos();
  }

  /** Time between two calls of {@link #tick}. */
  public static Duration tickInterval() {
    return Coordinator.TICK;
  }

  /** A sign of life of a node. */
  public void heartbeat(String node) {
    heartbeats.received(node, nanos());
  }

  /** Gives up the work of nodes that are silent; their names. */
  public List<String> tick() {
    List<String> lost = heartbeats.expire(nanos());
    lost.forEach(node -> guard(() -> loop.nodeLost(node)));
    return lost;
  }

  /** A rollout worker has room. */
  public void rolloutReady(WorkerPool.Worker self, Worker address) {
    heartbeat(self.node());
    handle(new SampleMessage.RolloutReady(self, new Inbox<>(new Delivery(address))));
  }

  /** A unit's responses are in a file. */
  public void generated(
      String worker, UnitId unit, FileTicket file, long tokens, double load, double generate) {
    handle(new SampleMessage.Generated(worker, unit, file, tokens, load, generate, 0));
  }

  /** A unit could not be generated. */
  public void generateFailed(String worker, UnitId unit, String reason) {
    handle(new SampleMessage.GenerateFailed(worker, unit, reason));
  }

  /** A reward worker has room. */
  public void rewardReady(WorkerPool.Worker self, Worker address) {
    heartbeat(self.node());
    handle(new SampleMessage.RewardReady(self, new Inbox<>(new Delivery(address))));
  }

  /** Rows of a unit have an outcome each. */
  public void scored(
      String worker, UnitId unit, int fromRow, List<RewardOutcome> outcomes, double seconds) {
    handle(new SampleMessage.RowsScored(worker, unit, fromRow, outcomes, seconds));
  }

  /** Rows of a unit could not be scored. */
  public void rewardFailed(String worker, UnitId unit, int fromRow, String reason) {
    handle(new SampleMessage.RewardFailed(worker, unit, fromRow, reason, false));
  }

  /** A scoring worker has room. */
  public void scoringReady(WorkerPool.Worker self, Worker address) {
    heartbeat(self.node());
    guard(
        () ->
            loop.handle(
                new ReferenceMessage.ScoringReady(
                    self, ReferenceState.UNKNOWN, new Inbox<>(new Delivery(address)))));
  }

  /** A unit's log-probabilities are in a file. */
  public void referenceScored(String worker, UnitId unit, FileTicket file, double seconds) {
    guard(
        () ->
            loop.handle(
                new ReferenceMessage.ReferenceScored(worker, unit, file, seconds, Lookups.NONE)));
  }

  /**
   * The learner can take a step.
   *
   * @param start the weights that the iteration began with, where they are others
   */
  public void learnerReady(
      PublishedWeights weights, Optional<PublishedWeights> start, Worker address) {
    handle(new LearnerMessage.LearnerReady(weights, start, new Inbox<>(new Delivery(address))));
  }

  /** A step was trained and its weights are published. */
  public void trained(long step, PublishedWeights weights, double train, double publish) {
    handle(
        new LearnerMessage.Trained(
            new StepMetrics(step, Map.of()),
            weights,
            "",
            Optional.empty(),
            List.of(),
            "",
            0,
            train,
            publish));
  }

  /** A checkpoint is complete; {@code sha256} stands for both hashes of its weights. */
  public void saved(long step, long oldestKept, String sha256, double seconds) {
    handle(new LearnerMessage.CheckpointSaved(step, oldestKept, sha256, sha256, seconds));
  }

  /** A person asks for a pause. */
  public void pause() {
    guard(() -> loop.handle(new OperatorRequest.Pause()));
  }

  /** A person ends a pause. */
  public void resume() {
    guard(() -> loop.handle(new OperatorRequest.Resume()));
  }

  /** A person asks for a checkpoint. */
  public void saveNow() {
    guard(() -> loop.handle(new OperatorRequest.SaveNow()));
  }

  /** A person takes a rollout worker out of the run. */
  public void drain(String worker) {
    guard(() -> loop.handle(new OperatorRequest.Drain(worker)));
  }

  private void handle(SampleMessage message) {
    guard(() -> loop.handle(message));
  }

  private void handle(LearnerMessage message) {
    guard(() -> loop.handle(message));
  }

  /** Ends the run when it cannot continue. Any other exception is an error of the coordinator. */
  private void guard(Runnable work) {
    try {
      work.run();
    } catch (CannotContinue e) {
      loop.fail(e.reason());
    }
  }
}
