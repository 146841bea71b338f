package dev.kelpie.actors;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.wire.TensorBoardFile;
import java.time.Instant;
import java.util.List;

/** Takes curves, events and the actors' states; writes the files and feeds the view. */
final class MetricsHub extends AbstractBehavior<MetricsHub.Command> {
  private final LiveRunView view;
  private final MetricsFile metrics;
  private final TensorBoardFile tensorBoard;

  sealed interface Command extends LocalMessage {}

  /** The numbers of a step, or more of them. */
  record Numbers(StepMetrics metrics) implements Command {}

  /** What actors are doing. */
  record States(List<ActorState> states) implements Command {}

  /** A node is gone. */
  record NodeGone(String node) implements Command {}

  /** Something worth telling a person. */
  record Happened(RunEvent.Level level, String source, String text) implements Command {}

  /** Where the run stands. */
  record Stands(Progress progress) implements Command {}

  private MetricsHub(
      ActorContext<Command> context, LiveRunView view, RunFolder folder, long fromStep) {
    super(context);
    this.view = view;
    this.metrics = MetricsFile.open(folder.metricsFile(), fromStep, view::put);
    this.tensorBoard = TensorBoardFile.create(folder.tensorboard(), fromStep + 1);
  }

  /**
   * @param fromStep the step that the run goes on from; what the files hold of later ones is void
   */
  static Behavior<Command> create(LiveRunView view, RunFolder folder, long fromStep) {
    return Behaviors.setup(context -> new MetricsHub(context, view, folder, fromStep));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Numbers.class, this::onNumbers)
        .onMessage(States.class, this::onStates)
        .onMessage(NodeGone.class, this::onNodeGone)
        .onMessage(Happened.class, this::onHappened)
        .onMessage(Stands.class, this::onStands)
        .onSignal(PostStop.class, this::onPostStop)
        .build();
  }

  private Behavior<Command> onNumbers(Numbers numbers) {
    metrics.write(numbers.metrics());
    tensorBoard.write(numbers.metrics());
    view.put(numbers.metrics());
    return this;
  }

  private Behavior<Command> onStates(States states) {
    states.states().forEach(view::put);
    return this;
  }

  private Behavior<Command> onNodeGone(NodeGone gone) {
    view.lost(gone.node());
    return this;
  }

  private Behavior<Command> onHappened(Happened event) {
    view.add(new RunEvent(Instant.now(), event.level(), event.source(), event.text()));
    switch (event.level()) {
      case INFO -> getContext().getLog().info("{}: {}", event.source(), event.text());
      case WARNING -> getContext().getLog().warn("{}: {}", event.source(), event.text());
      case ERROR -> getContext().getLog().error("{}: {}", event.source(), event.text());
    }
    return this;
  }

  private Behavior<Command> onStands(Stands stands) {
    view.set(stands.progress());
    return this;
  }

  private Behavior<Command> onPostStop(PostStop signal) {
    metrics.close();
    tensorBoard.close();
    return this;
  }
}
