package dev.kelpie.actors;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.plan.EffectiveTime;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.actors.telemetry.LiveRunView;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.runs.ActorsFile;
import dev.kelpie.runs.MetricsFile;
import dev.kelpie.runs.RunEventsFile;
import dev.kelpie.runs.TensorBoardFile;
import dev.kelpie.runs.doctor.Examination;
import dev.kelpie.runs.doctor.Finding;
import dev.kelpie.runs.doctor.RunFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sink of a run's curves, events and activities: writes their files, updates the live view, and
 * has each step examined by the doctor, whose findings are events.
 */
public final class MetricsHub extends AbstractBehavior<MetricsHub.Command> {
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final String DOCTOR = "doctor";

  private final LiveRunView view;
  private final RunFolder folder;
  private final String node;
  private final Traffic traffic;
  private final MetricsFile metrics;
  private final RunEventsFile events;
  private final TensorBoardFile tensorBoard;
  private final Examination examination;
  private final EffectiveTime effective = new EffectiveTime();
  private final Instant since = Instant.now();
  private long lines;

  sealed interface Command extends LocalMessage {
    @Override
    default String sender() {
      return ActorNames.COORDINATOR;
    }
  }

  /** Numbers of a step; more of them may follow. */
  record Numbers(StepMetrics metrics) implements Command {}

  /** Activities of a node's actors, and the messages between them. */
  record States(List<ActorState> states, List<Link> links) implements Command {}

  /** The ledger's counts of training samples. */
  record Counted(Map<String, Long> counts) implements Command {}

  /**
   * A node is gone.
   *
   * @param left whether it left as it was asked to, rather than being lost
   */
  record NodeGone(String node, boolean left) implements Command {}

  /** Who waits for what, and the nodes. */
  record Waits(Situation situation) implements Command {}

  /** Something that a person should know. */
  record Happened(RunEvent.Level level, String source, String text) implements Command {
    @Override
    public String sender() {
      return source;
    }
  }

  /** The phase and step of the run. */
  record ProgressChanged(Progress progress) implements Command {}

  private record Tick() implements Command {
    @Override
    public String sender() {
      return "";
    }
  }

  private MetricsHub(
      ActorContext<Command> context,
      String node,
      LiveRunView view,
      RunFolder folder,
      long fromStep,
      Traffic traffic) {
    super(context);
    this.view = view;
    this.folder = folder;
    this.node = node;
    this.traffic = traffic;
    this.examination = new Examination(RunFacts.read(folder));
    this.metrics =
        MetricsFile.open(
            folder.metricsFile(),
            fromStep,
            kept -> {
              view.put(kept);
              effective.kept(kept);
              examination.add(kept); // what it finds was reported before the run was resumed
            });
    this.events = RunEventsFile.open(folder.runEventsFile(), view::add);
    this.tensorBoard = TensorBoardFile.create(folder.tensorboard(), fromStep + 1);
    showSelf();
  }

  /**
   * @param node host and port of its actor system
   * @param fromStep the step that the run resumes after; what the files hold of later ones is
   *     discarded
   */
  static Behavior<Command> create(
      String node, LiveRunView view, RunFolder folder, long fromStep, Traffic traffic) {
    return Ticks.every(
        TICK,
        new Tick(),
        context -> new MetricsHub(context, node, view, folder, fromStep, traffic));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Numbers.class, this::onNumbers)
        .onMessage(States.class, this::onStates)
        .onMessage(NodeGone.class, this::onNodeGone)
        .onMessage(Waits.class, this::onWaits)
        .onMessage(Happened.class, this::onHappened)
        .onMessage(ProgressChanged.class, this::onProgressChanged)
        .onMessage(Counted.class, this::onCounted)
        .onMessage(Tick.class, this::onTick)
        .onSignal(PostStop.class, this::onPostStop)
        .build();
  }

  private Behavior<Command> onNumbers(Numbers numbers) {
    lines++;
    StepMetrics step = effective.add(numbers.metrics(), metrics.secondsSinceStart());
    metrics.write(step);
    tensorBoard.write(step);
    view.put(step);
    for (Finding finding : examination.add(step)) {
      report(finding);
    }
    return this;
  }

  private void report(Finding finding) {
    boolean alarm = finding.level() == Finding.Level.ALARM;
    RunEvent.Level level = alarm ? RunEvent.Level.WARNING : RunEvent.Level.INFO;
    onHappened(new Happened(level, DOCTOR, "step " + finding.since() + ": " + finding.line()));
  }

  private Behavior<Command> onStates(States states) {
    states.states().forEach(view::put);
    states.links().forEach(view::put);
    return this;
  }

  private Behavior<Command> onNodeGone(NodeGone gone) {
    if (gone.left()) {
      view.left(gone.node());
    } else {
      view.lost(gone.node(), Instant.now());
    }
    return this;
  }

  private Behavior<Command> onWaits(Waits waits) {
    view.set(waits.situation());
    return this;
  }

  private Behavior<Command> onHappened(Happened event) {
    RunEvent reported = new RunEvent(Instant.now(), event.level(), event.source(), event.text());
    view.add(reported);
    events.write(reported);
    switch (event.level()) {
      case INFO -> getContext().getLog().info("{}: {}", event.source(), event.text());
      case WARNING -> getContext().getLog().warn("{}: {}", event.source(), event.text());
      case ERROR -> {
        getContext().getLog().error("{}: {}", event.source(), event.text());
        examination.failed(event.text()).ifPresent(this::report);
      }
    }
    return this;
  }

  private Behavior<Command> onProgressChanged(ProgressChanged change) {
    view.set(change.progress());
    return this;
  }

  private Behavior<Command> onCounted(Counted counted) {
    view.set(counted.counts());
    return this;
  }

  private Behavior<Command> onTick(Tick tick) {
    view.forgetLost(Instant.now());
    showSelf();
    return this;
  }

  private void showSelf() {
    Map<String, Double> numbers = new HashMap<>(Map.of("lines", (double) lines));
    traffic.addNumbers(ActorNames.METRICS, numbers);
    numbers.put("rss_mib", ProcessFigures.rssMib());
    String doing = "writing curves and events";
    view.put(
        new ActorState(
            ActorNames.METRICS,
            node,
            ActorNames.METRICS,
            Activity.WRITING,
            doing,
            since,
            -1,
            numbers));
  }

  private Behavior<Command> onPostStop(PostStop signal) {
    events.close();
    metrics.close();
    tensorBoard.close();
    ActorsFile.write(folder.actorsFile(), view);
    return this;
  }
}
