package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.ClusterSingletonSettings;
import akka.cluster.typed.Join;
import akka.cluster.typed.SingletonActor;
import dev.kelpie.actors.systems.TransportEnd;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.actors.work.RolloutJob;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.runs.ClusterFile;
import dev.kelpie.runs.RunSummary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The guardian of a process: starts the actors of its roles once the coordinator is found. On the
 * learner's node the receptionist finds it. Elsewhere the learner's guardian is asked by its
 * address: that takes a moment, where the receptionist would wait until the cluster has taken the
 * node in.
 */
final class Node extends AbstractBehavior<Node.Command> {
  private static final Duration ASK_AGAIN = Duration.ofMillis(300);
  private static final Duration SEARCH = Duration.ofSeconds(15);

  private final NodeResources resources;
  private final String address;
  private final long startNanos = System.nanoTime();
  private final List<ActorRef<Command>> asking = new ArrayList<>();
  private @Nullable ActorRef<MetricsHub.Command> hub;
  private @Nullable ActorRef<Coordinator.Command> coordinator;
  private final List<Coordinator.Command> requests = new ArrayList<>();
  private final Set<String> drained = new HashSet<>();

  sealed interface Command {}

  /** A node asks where the coordinator is. */
  record FindCoordinator(ActorRef<Command> replyTo) implements Command, WireMessage {}

  /** The address of the coordinator. */
  record CoordinatorAt(ActorRef<Coordinator.Command> coordinator) implements Command, WireMessage {}

  /** The run has ended; from the coordinator of this node. */
  record RunEnds(RunSummary summary) implements Command, LocalMessage {}

  /** The run has ended; from the coordinator of another node. */
  record RunIsOver(HeartbeatSender.RunEnded ended) implements Command, LocalMessage {}

  /** The coordinator has not answered for a moment; another may be at its address. */
  record CoordinatorSilent() implements Command, LocalMessage {}

  /** The coordinator does not answer any more. */
  record CoordinatorLost() implements Command, LocalMessage {}

  /** A rollout worker of this node gets no more work, and nobody needs what it has made. */
  record WorkerDrained(String worker) implements Command, LocalMessage {}

  /** An operator's request for the coordinator. */
  record Ask(Coordinator.Command request) implements Command, LocalMessage {}

  /** An event of this process that people are to see. */
  record Remark(RunEvent.Level level, String source, String text)
      implements Command, LocalMessage {}

  private record Listed(Receptionist.Listing listing) implements Command, LocalMessage {}

  /** An actor without which the run cannot continue has stopped. */
  private record ActorStopped(String actor) implements Command, LocalMessage {}

  private record AskSeed() implements Command, LocalMessage {}

  private Node(
      ActorContext<Command> context, TimerScheduler<Command> timers, NodeResources resources) {
    super(context);
    this.resources = resources;
    this.address = addressOf(Cluster.get(context.getSystem()));
    if (resources.learner().isPresent()) {
      startRun(resources.learner().get());
    } else {
      timers.startTimerWithFixedDelay(new AskSeed(), Duration.ZERO, ASK_AGAIN);
    }
  }

  static Behavior<Command> create(NodeResources resources) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new Node(context, timers, resources)));
  }

  private static String addressOf(Cluster cluster) {
    var own = cluster.selfMember().address();
    return own.host().get() + ":" + own.port().get();
  }

  private void startRun(LearnerResources learner) {
    Cluster cluster = Cluster.get(getContext().getSystem());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    ClusterFile.write(resources.setup().folder(), address);
    hub =
        spawn(
            MetricsHub.create(
                address,
                learner.view(),
                resources.setup().folder(),
                learner.fromStep(),
                Traffic.of(getContext().getSystem())),
            ActorNames.METRICS);
    getContext().watchWith(hub, new ActorStopped("metrics"));
    learner.firstEvents(resources.setup().notes()).forEach(hub::tell);
    TrainingLoop.Setup run =
        new TrainingLoop.Setup(
            resources.setup().experiment(),
            resources.setup().folder(),
            learner.units(),
            learner.log(),
            learner.from(),
            resources.setup().scorer(),
            hub,
            getContext().getSelf(),
            learner.time());
    ClusterSingleton.get(getContext().getSystem())
        .init(
            SingletonActor.of(
                    Traffic.counted(Coordinator.create(address, run)), ActorNames.COORDINATOR)
                .withProps(Traffic.COUNTED)
                .withSettings(
                    ClusterSingletonSettings.create(getContext().getSystem())
                        .withRole(Role.LEARNER.key())));
    getContext()
        .getSystem()
        .receptionist()
        .tell(
            Receptionist.subscribe(
                Coordinator.KEY,
                getContext().messageAdapter(Receptionist.Listing.class, Listed::new)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(FindCoordinator.class, this::onFindCoordinator)
        .onMessage(CoordinatorAt.class, this::onCoordinatorAt)
        .onMessage(Listed.class, this::onListed)
        .onMessage(AskSeed.class, this::onAskSeed)
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Remark.class, this::onRemark)
        .onMessage(RunEnds.class, this::onRunEnds)
        .onMessage(RunIsOver.class, this::onRunIsOver)
        .onMessage(CoordinatorSilent.class, this::onCoordinatorSilent)
        .onMessage(WorkerDrained.class, this::onWorkerDrained)
        .onMessage(CoordinatorLost.class, this::onCoordinatorLost)
        .onMessage(ActorStopped.class, this::onActorStopped)
        .onSignal(
            PostStop.class,
            signal -> {
              TransportEnd.hasten(getContext().getSystem());
              return this;
            })
        .build();
  }

  private Behavior<Command> onAskSeed(AskSeed ask) {
    if (coordinator != null) {
      return this;
    }
    if (System.nanoTime() - startNanos > search().toNanos()) {
      // A new actor system has no memory of a learner that was restarted at the same address.
      return Behaviors.stopped();
    }
    askSeed();
    return this;
  }

  private void askSeed() {
    ActorRef<Command> seed =
        ActorRefResolver.get(getContext().getSystem())
            .resolveActorRef("akka://" + RunNode.SYSTEM + "@" + resources.seed() + "/user");
    seed.tell(new FindCoordinator(getContext().getSelf()));
  }

  private Behavior<Command> onCoordinatorSilent(CoordinatorSilent silent) {
    if (resources.learner().isEmpty()) {
      askSeed();
    }
    return this;
  }

  private Duration search() {
    Duration patience = resources.setup().experiment().cluster().rejoinTimeout();
    return patience.compareTo(SEARCH) < 0 ? patience : SEARCH;
  }

  private Behavior<Command> onRemark(Remark remark) {
    if (hub != null) {
      hub.tell(new MetricsHub.Happened(remark.level(), remark.source(), remark.text()));
    }
    return this;
  }

  private Behavior<Command> onFindCoordinator(FindCoordinator question) {
    if (coordinator == null) {
      asking.add(question.replyTo());
    } else {
      question.replyTo().tell(new CoordinatorAt(coordinator));
    }
    return this;
  }

  private Behavior<Command> onListed(Listed listed) {
    listed.listing().getServiceInstances(Coordinator.KEY).stream()
        .findFirst()
        .ifPresent(this::found);
    return this;
  }

  private Behavior<Command> onCoordinatorAt(CoordinatorAt answer) {
    if (coordinator != null && !coordinator.equals(answer.coordinator())) {
      getContext()
          .getLog()
          .warn("the learner at {} was restarted; joining again", resources.seed());
      return Behaviors.stopped();
    }
    found(answer.coordinator());
    return this;
  }

  private void found(ActorRef<Coordinator.Command> ref) {
    if (coordinator != null) {
      return;
    }
    coordinator = ref;
    resources.contact().run();
    asking.forEach(node -> node.tell(new CoordinatorAt(ref)));
    asking.clear();
    HeartbeatSender.Setup setup =
        new HeartbeatSender.Setup(
            address,
            ref,
            getContext().getSelf(),
            Traffic.of(getContext().getSystem()),
            System::nanoTime);
    ActorRef<HeartbeatSender.Command> heartbeats =
        spawn(HeartbeatSender.create(setup), ActorNames.LIFELINE);
    spawn(WeightSharing.create(address, resources.bulk().broadcast(), ref), ActorNames.WEIGHTS);
    startWorkers((name, role) -> worker(name, role, ref, heartbeats));
    resources.learner().ifPresent(learner -> startLearner(learner, ref, heartbeats));
    requests.forEach(ref::tell);
    requests.clear();
  }

  private void startLearner(
      LearnerResources learner,
      ActorRef<Coordinator.Command> ref,
      ActorRef<HeartbeatSender.Command> heartbeats) {
    getContext().watchWith(ref, new ActorStopped("coordinator"));
    ActorRef<LearnerWorker.Command> actor =
        spawn(
            LearnerWorker.create(
                new LearnerWorker.Setup(
                    worker(ActorNames.LEARNER, Role.LEARNER, ref, heartbeats),
                    learner.trainer(),
                    resources.setup().experiment().iterations())),
            ActorNames.LEARNER);
    getContext().watchWith(actor, new ActorStopped("learner"));
    ActorRef<MetricsHub.Command> events = hub;
    if (events != null) {
      Duration late = resources.setup().experiment().cluster().stallAfter();
      ActivityReporter activity =
          new ActivityReporter(heartbeats, ActorNames.WATCHDOG, address, ActorNames.WATCHDOG);
      spawn(Watchdog.create(ref, events, activity, late, learner.time()), ActorNames.WATCHDOG);
    }
  }

  private void startWorkers(BiFunction<String, Role, WorkerSetup> workers) {
    Experiment experiment = resources.setup().experiment();
    int rollouts = resources.rollouts().size();
    for (int i = 0; i < rollouts; i++) {
      String name = ActorNames.rollout(resources.setup().process(), i + 1, rollouts);
      WorkerSetup setup = workers.apply(name, Role.ROLLOUT);
      RolloutJob job = resources.rollouts().get(i);
      spawnRestarted(
          RolloutWorker.create(new RolloutWorker.Setup(setup, job, experiment.rollout().threads())),
          name);
    }
    resources
        .rewardWorkers(name -> workers.apply(name, Role.REWARD))
        .forEach((name, behavior) -> spawnRestarted(behavior, name));
    resources
        .scoring()
        .ifPresent(
            job -> {
              WorkerSetup setup = workers.apply("scoring", Role.SCORING);
              spawnRestarted(
                  ScoringWorker.create(
                      new ScoringWorker.Setup(setup, job, experiment.learner().threads())),
                  "scoring");
            });
  }

  private WorkerSetup worker(
      String name,
      Role role,
      ActorRef<Coordinator.Command> ref,
      ActorRef<HeartbeatSender.Command> heartbeats) {
    Executor threads =
        getContext()
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("kelpie.dispatchers." + role.key()));
    return new WorkerSetup(ActorNames.of(name, address), address, role, ref, heartbeats, threads);
  }

  private <T> ActorRef<T> spawn(Behavior<T> behavior, String name) {
    return getContext().spawn(Traffic.counted(behavior), name, Traffic.COUNTED);
  }

  /** Starts a worker that is restarted when it fails. */
  private <T> void spawnRestarted(Behavior<T> behavior, String name) {
    getContext()
        .spawn(
            Behaviors.supervise(Traffic.counted(behavior)).onFailure(SupervisorStrategy.restart()),
            name,
            Traffic.COUNTED);
  }

  private Behavior<Command> onAsk(Ask ask) {
    if (coordinator == null) {
      requests.add(ask.request());
    } else {
      coordinator.tell(ask.request());
    }
    return this;
  }

  private Behavior<Command> onRunEnds(RunEnds end) {
    ClusterFile.delete(resources.setup().folder());
    resources.ended().accept(end.summary());
    return Behaviors.stopped();
  }

  private Behavior<Command> onRunIsOver(RunIsOver over) {
    if (resources.learner().isEmpty()) {
      resources.ended().accept(RunCompletion.summary(over.ended()));
      return Behaviors.stopped();
    }
    return this;
  }

  /** A process that has nothing but drained workers leaves the run. */
  private Behavior<Command> onWorkerDrained(WorkerDrained worker) {
    drained.add(worker.worker());
    boolean others = !resources.setup().roles().equals(Set.of(Role.ROLLOUT));
    if (others || drained.size() < resources.rollouts().size()) {
      return this;
    }
    resources.ended().accept(RunCompletion.left());
    return Behaviors.stopped();
  }

  private Behavior<Command> onCoordinatorLost(CoordinatorLost lost) {
    if (resources.learner().isEmpty()) {
      getContext()
          .getLog()
          .warn("the coordinator at {} is silent; joining again", resources.seed());
      return Behaviors.stopped();
    }
    return this;
  }

  private Behavior<Command> onActorStopped(ActorStopped stopped) {
    String reason = stopped.actor() + " has stopped; the log says why";
    if (coordinator != null && !stopped.actor().equals("coordinator")) {
      coordinator.tell(new Coordinator.PartFailed(stopped.actor(), "stopped; the log says why"));
      return this;
    }
    long steps = resources.learner().map(learner -> learner.view().progress().step()).orElse(0L);
    resources.ended().accept(RunCompletion.failed(reason, steps));
    return Behaviors.stopped();
  }
}
