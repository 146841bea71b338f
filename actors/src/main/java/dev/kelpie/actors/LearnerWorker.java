package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.work.PublishingTrainer;
import dev.kelpie.experience.Failure;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Trains. It opens the trainer at once and tells the coordinator when it can take a step; then each
 * complete step becomes an update, a weight file and a version. The work is done on its own thread,
 * in the order in which it was asked for.
 */
public final class LearnerWorker extends AbstractBehavior<LearnerWorker.Command> {
  private final PublishingTrainer trainer;
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActivityReporter report;
  private final Executor thread;

  sealed interface Command {}

  /** Train on the complete units of a step. */
  public record Train(long step, List<ScoredUnit> units) implements Command, FromCoordinator {
    public Train {
      units = List.copyOf(units);
    }
  }

  /** Save a checkpoint of the current weights, those after {@code step}. */
  record SaveCheckpoint(long step) implements Command, FromCoordinator {}

  private record Opened(PublishedWeights weights) implements Command, LocalMessage {}

  private record Stepped(PublishingTrainer.Step step, Train order)
      implements Command, LocalMessage {}

  private record Recorded(long step) implements Command, LocalMessage {}

  private record Saved(PublishingTrainer.Saved result) implements Command, LocalMessage {}

  private record Failed(Throwable cause) implements Command, LocalMessage {}

  /** What the learner needs. */
  record Parts(
      String node,
      PublishingTrainer trainer,
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<HeartbeatSender.Command> lifeline) {}

  private LearnerWorker(ActorContext<Command> context, Parts parts) {
    super(context);
    this.trainer = parts.trainer();
    this.coordinator = parts.coordinator();
    this.report = new ActivityReporter(parts.lifeline(), "learner", parts.node(), Role.LEARNER);
    this.thread =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("kelpie.dispatchers.learner"));
    report.now("opening the policy");
    run(() -> new Opened(trainer.opened()));
  }

  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(context -> new LearnerWorker(context, parts));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Train.class, this::onTrain)
        .onMessage(SaveCheckpoint.class, this::onSaveCheckpoint)
        .onMessage(Opened.class, this::onOpened)
        .onMessage(Stepped.class, this::onStepped)
        .onMessage(Recorded.class, this::onRecorded)
        .onMessage(Saved.class, this::onSaved)
        .onMessage(Failed.class, this::onFailed)
        .build();
  }

  private Behavior<Command> onOpened(Opened opened) {
    coordinator.tell(new LearnerMessage.LearnerReady(opened.weights(), getContext().getSelf()));
    report.now("waiting for a step", opened.weights().version());
    return this;
  }

  private Behavior<Command> onTrain(Train order) {
    report.now("training step " + order.step());
    return run(() -> new Stepped(trainer.train(order.step(), order.units()), order));
  }

  private Behavior<Command> onStepped(Stepped stepped) {
    PublishingTrainer.Step step = stepped.step();
    coordinator.tell(
        new LearnerMessage.Trained(
            step.metrics(),
            step.weights(),
            step.readSeconds(),
            step.trainSeconds(),
            step.publishSeconds()));
    report.now("waiting for a step", step.weights().version());
    return run(
        () -> {
          trainer.record(step, stepped.order().units());
          return new Recorded(stepped.order().step());
        });
  }

  private Behavior<Command> onRecorded(Recorded recorded) {
    return this;
  }

  private Behavior<Command> onSaveCheckpoint(SaveCheckpoint order) {
    report.now("saving checkpoint " + order.step());
    return run(() -> new Saved(trainer.save(order.step())));
  }

  private Behavior<Command> onSaved(Saved saved) {
    PublishingTrainer.Saved done = saved.result();
    coordinator.tell(
        new LearnerMessage.CheckpointSaved(done.step(), done.oldestKept(), done.seconds()));
    report.now("waiting for a step");
    return this;
  }

  private Behavior<Command> onFailed(Failed failed) {
    getContext().getLog().error("the learner failed", failed.cause());
    coordinator.tell(new Coordinator.PartFailed("learner", Failure.line(failed.cause())));
    report.now("failed: " + Failure.line(failed.cause()));
    return this;
  }

  private Behavior<Command> run(Supplier<Command> work) {
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(work, thread),
            (result, failure) -> failure == null ? result : new Failed(Failure.cause(failure)));
    return this;
  }
}
