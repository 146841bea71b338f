package dev.kelpie.actors;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.work.PublishingTrainer;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RunView.Waiting;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * The worker that trains. It opens the trainer at once and reports to the coordinator when it can
 * take a step; then each complete step becomes an update, a weight file and a version. The work is
 * done on its own thread, in the order of the requests.
 */
public final class LearnerWorker extends AbstractBehavior<LearnerWorker.Command> {
  private final Setup setup;
  private final ActivityReporter activity;

  sealed interface Command {}

  /**
   * Train on the complete units of a step.
   *
   * @param rollBackTo the step of the best checkpoint, whose weights it is trained from
   */
  public record Train(long step, List<ScoredUnit> units, OptionalLong rollBackTo)
      implements Command, FromCoordinator {
    public Train {
      units = List.copyOf(units);
    }

    public Train(long step, List<ScoredUnit> units) {
      this(step, units, OptionalLong.empty());
    }
  }

  /** Save a checkpoint of the current weights, those after {@code step}. */
  record SaveCheckpoint(long step) implements Command, FromCoordinator {}

  private record Opened(PublishingTrainer.Opened opened) implements Command, LocalMessage {}

  private record Stepped(PublishingTrainer.Step step, Train order)
      implements Command, LocalMessage {}

  private record Recorded(long step) implements Command, LocalMessage {}

  private record Saved(PublishingTrainer.Saved result) implements Command, LocalMessage {}

  private record Failed(Throwable cause) implements Command, LocalMessage {}

  /** What the learner needs. */
  record Setup(WorkerSetup worker, PublishingTrainer trainer, IterationOptions iterations) {}

  private LearnerWorker(ActorContext<Command> context, Setup setup) {
    super(context);
    this.setup = setup;
    this.activity = setup.worker().reporter();
    activity.report(Activity.OPENING, "opening the policy");
    run(() -> new Opened(setup.trainer().opened()));
  }

  static Behavior<Command> create(Setup setup) {
    return Behaviors.setup(context -> new LearnerWorker(context, setup));
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
    PublishingTrainer.Opened with = opened.opened();
    setup
        .worker()
        .tell(
            new LearnerMessage.LearnerReady(
                with.weights(), with.start(), setup.trainer().earlier(), getContext().getSelf()));
    awaitNext(with.weights().version());
    return this;
  }

  private Behavior<Command> onTrain(Train order) {
    activity.report(Activity.TRAINING, "training " + setup.iterations().name(order.step()));
    return run(() -> new Stepped(stepped(order), order));
  }

  private PublishingTrainer.Step stepped(Train order) {
    order.rollBackTo().ifPresent(setup.trainer()::rollBack);
    return setup.trainer().train(order.step(), order.units());
  }

  private Behavior<Command> onStepped(Stepped stepped) {
    PublishingTrainer.Step step = stepped.step();
    setup
        .worker()
        .tell(
            new LearnerMessage.Trained(
                step.metrics(),
                step.weights(),
                step.pairsSha256(),
                step.processReward(),
                step.replayed(),
                step.discardedTo(),
                step.readSeconds(),
                step.trainSeconds(),
                step.publishSeconds()));
    awaitNext(step.weights().version());
    return run(
        () -> {
          setup.trainer().record(step, stepped.order().units());
          return new Recorded(stepped.order().step());
        });
  }

  private Behavior<Command> onRecorded(Recorded recorded) {
    return this;
  }

  private Behavior<Command> onSaveCheckpoint(SaveCheckpoint order) {
    activity.report(Activity.SAVING, "saving checkpoint " + order.step());
    return run(() -> new Saved(setup.trainer().save(order.step())));
  }

  private Behavior<Command> onSaved(Saved saved) {
    PublishingTrainer.Saved done = saved.result();
    setup
        .worker()
        .tell(
            new LearnerMessage.CheckpointSaved(
                done.checkpoint().step(),
                done.oldestKept(),
                done.checkpoint().policySha256(),
                done.checkpoint().weightsSha256(),
                done.seconds()));
    awaitNext(new PolicyVersion(done.checkpoint().step()));
    return this;
  }

  private Behavior<Command> onFailed(Failed failed) {
    getContext().getLog().error("the learner failed", failed.cause());
    setup
        .worker()
        .tell(new Coordinator.PartFailed(setup.worker().name(), Failure.line(failed.cause())));
    activity.report(Activity.FAILED, "failed: " + Failure.line(failed.cause()));
    return this;
  }

  private void awaitNext(PolicyVersion holds) {
    activity.waits(Waiting.Kind.STEP, "step " + (holds.number() + 1), holds);
  }

  private Behavior<Command> run(Supplier<Command> work) {
    setup.worker().run(getContext(), work, Failed::new);
    return this;
  }
}
