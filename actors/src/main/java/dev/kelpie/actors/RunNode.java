package dev.kelpie.actors;

import akka.actor.BootstrapSetup;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorSystem;
import akka.remote.RemoteTransportException;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.actors.plan.MonotonicClock;
import dev.kelpie.actors.systems.Rehearsal;
import dev.kelpie.actors.systems.StartingSystem;
import dev.kelpie.actors.telemetry.LiveRunView;
import dev.kelpie.actors.tls.ArteryTls;
import dev.kelpie.config.ClusterOptions;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RunControl;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.runs.RunSummary;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that takes part in a run: the only one, with every role, or one of several. Engines,
 * models and files belong to the process; actor systems come and go. A process without the learner
 * that loses the cluster ends its actor system, keeps its models, and joins again until {@code
 * cluster.rejoin-timeout} has passed without an answer of the learner.
 */
public final class RunNode implements AutoCloseable {
  static final String SYSTEM = "kelpie";
  private static final String PORT = "akka.remote.artery.canonical.port";

  private static final Logger LOG = LoggerFactory.getLogger(RunNode.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(4);
  private static final int MOST_STARTS = 6;

  private final RunSetup setup;
  private final Config config;
  private final NodeResources resources;
  private final LiveRunView view;
  private final InstantSource wall;
  private final InstantSource time;
  private final CompletableFuture<RunSummary> done = new CompletableFuture<>();
  private final CompletableFuture<RunSummary> ended = new CompletableFuture<>();
  private final CompletableFuture<String> closing = new CompletableFuture<>();
  private final Thread thread;
  private final List<Node.Command> requests = new ArrayList<>();
  private volatile long lastContact = System.nanoTime();
  private volatile boolean inTouch;
  private volatile Optional<ActorSystem<Node.Command>> system = Optional.empty();

  private RunNode(RunSetup setup, Config overrides, InstantSource wall) {
    this.setup = setup;
    this.wall = wall;
    this.time = new MonotonicClock(wall, System::nanoTime);
    long steps = setup.experiment().run().steps();
    this.view = new LiveRunView(new RunView.Progress(RunPhase.STARTING, 0, steps));
    this.config = config(setup, overrides);
    this.resources = NodeResources.open(setup, view, time, this::found, ended::complete);
    resources
        .learner()
        .ifPresent(
            learner ->
                view.set(new RunView.Progress(RunPhase.STARTING, learner.fromStep(), steps)));
    this.thread = new Thread(this::runSystems, "kelpie-node");
    thread.setDaemon(true);
  }

  /**
   * Starts to take part in a run. Returns at once; {@link #done} reports what goes wrong later.
   *
   * @throws RuntimeException when the run folder or a port cannot be used
   */
  public static RunNode start(RunSetup setup) {
    return start(setup, InstantSource.system());
  }

  /** Starts with another wall clock, which is used for time stamps only. */
  public static RunNode start(RunSetup setup, InstantSource wall) {
    return start(setup, ConfigFactory.empty(), wall);
  }

  static RunNode start(RunSetup setup, Config overrides, InstantSource wall) {
    RunNode node = new RunNode(setup, overrides, wall);
    node.thread.start();
    return node;
  }

  /**
   * Loads the classes that a learner's actor system needs: starts one at a free port, without
   * anybody else, and ends it once its singleton runs.
   */
  public static void rehearse(RunSetup setup) {
    Rehearsal.run(config(setup, ConfigFactory.parseMap(Map.of(PORT, 0))), SYSTEM);
  }

  private static Config config(RunSetup setup, Config overrides) {
    ClusterOptions cluster = setup.experiment().cluster();
    Set<Role> roles = setup.roles();
    List<String> seeds =
        roles.contains(Role.LEARNER)
            ? List.of()
            : List.of("akka://" + SYSTEM + "@" + cluster.seed());
    if (!roles.contains(Role.LEARNER) && cluster.seed().isEmpty()) {
      throw new IllegalArgumentException(
          "cluster.seed: empty (expected: HOST:PORT of the learner's process, because cluster.roles"
              + " = "
              + cluster.roles()
              + ")");
    }
    Map<String, Object> own =
        Map.of(
            "akka.remote.artery.canonical.hostname",
            cluster.host(),
            "akka.remote.artery.bind.hostname",
            cluster.bindHost(),
            PORT,
            cluster.port(),
            "akka.cluster.roles",
            roles.stream().map(Role::key).toList(),
            "akka.cluster.seed-nodes",
            seeds);
    return overrides
        .withFallback(ConfigFactory.parseMap(own))
        .withFallback(ConfigFactory.parseMap(ArteryTls.config(cluster)))
        .withFallback(ConfigFactory.parseResources("kelpie-actors.conf"))
        .withFallback(ConfigFactory.defaultReference())
        .resolve();
  }

  /** Runs one actor system after the other until the run is over. */
  private void runSystems() {
    Duration pause = FIRST_PAUSE;
    try {
      while (!done.isDone()) {
        long contactBefore = lastContact;
        ActorSystem<Node.Command> now = create();
        begin(now);
        now.getWhenTerminated().toCompletableFuture().join();
        system = Optional.empty();
        inTouch = false;
        if (lastContact == contactBefore) {
          pause = longer(pause);
        } else {
          // There was a coordinator until a moment ago: the timeout starts again.
          lastContact = System.nanoTime();
          pause = FIRST_PAUSE;
        }
        finishOrPause(pause);
      }
    } catch (RuntimeException | Error e) {
      // Whatever happened, the caller waits for the end.
      done.complete(RunCompletion.failed(Failure.line(e), 0));
      LOG.error("this process cannot go on", e);
    }
  }

  /**
   * Starts an actor system. Tries again a few times when its address cannot be bound, for instance
   * because the port is still taken.
   */
  private ActorSystem<Node.Command> create() {
    Duration pause = FIRST_PAUSE;
    for (int i = 1; i < MOST_STARTS && !closing.isDone(); i++) {
      try {
        return createOnce();
      } catch (RemoteTransportException e) {
        LOG.warn("the actor system does not start, trying again: {}", Failure.line(e));
        waitFor(pause);
        pause = longer(pause);
      }
    }
    return createOnce();
  }

  private ActorSystem<Node.Command> createOnce() {
    StartingSystem starting = new StartingSystem();
    try {
      return ActorSystem.create(
          Node.create(resources),
          SYSTEM,
          ActorSystemSetup.create(BootstrapSetup.create(config), starting));
    } catch (RuntimeException | Error e) {
      starting.terminate();
      throw e;
    }
  }

  private void begin(ActorSystem<Node.Command> now) {
    synchronized (requests) {
      system = Optional.of(now);
      requests.forEach(now::tell);
      requests.clear();
    }
  }

  private void found() {
    lastContact = System.nanoTime();
    inTouch = true;
  }

  /** Whether this process works for a coordinator, as far as it knows. */
  public boolean inTouch() {
    return inTouch;
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  /**
   * Completes the run after its actor system has ended, or pauses before the cluster is joined
   * again.
   */
  private void finishOrPause(Duration pause) {
    Duration patience = setup.experiment().cluster().rejoinTimeout();
    long steps = view.progress().step();
    if (ended.isDone()) {
      RunView.Progress last = view.progress(); // the actor that says so may have stopped before
      view.set(new RunView.Progress(RunPhase.DONE, last.step(), last.steps()));
      done.complete(ended.join());
    } else if (closing.isDone()) {
      done.complete(RunCompletion.failed("closed before the run was over", steps));
    } else if (resources.learner().isPresent()) {
      done.complete(
          RunCompletion.failed(
              "the actor system ended before the run was over; the log says why", steps));
    } else if (System.nanoTime() - lastContact > patience.toNanos()) {
      done.complete(
          RunCompletion.failed(
              "no word from " + resources.seed() + " for " + seconds(patience) + " s", steps));
    } else {
      waitFor(pause);
      LOG.info("joining {} again", resources.seed());
    }
  }

  private static String seconds(Duration time) {
    return time.toMillis() % 1000 == 0
        ? String.valueOf(time.toSeconds())
        : String.valueOf(time.toMillis() / 1000.0);
  }

  private void waitFor(Duration pause) {
    try {
      closing.get(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // the pause is over
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("interrupted while joining again", e);
    }
  }

  /** The live view of the run; empty on a process without the learner. */
  public RunView view() {
    return view;
  }

  /**
   * Who waits for whom in the run, and its nodes, by the wall clock of now, which may have been set
   * since the run began; empty on a process without the learner.
   */
  public Optional<Situation> situation() {
    Duration drift =
        Duration.between(time.instant(), wall.instant()).truncatedTo(ChronoUnit.SECONDS);
    return view.situation().map(now -> drift.isZero() ? now : now.shifted(drift));
  }

  /** Sends an operator's requests to the run. */
  public RunControl control() {
    return new RunControl() {
      @Override
      public void stop() {
        send(new OperatorRequest.Stop());
      }

      @Override
      public void pause() {
        send(new OperatorRequest.Pause());
      }

      @Override
      public void resume() {
        send(new OperatorRequest.Resume());
      }

      @Override
      public void checkpoint() {
        send(new OperatorRequest.SaveNow());
      }

      @Override
      public void drain(String worker) {
        send(new OperatorRequest.Drain(worker));
      }
    };
  }

  /** Reports an event to people as part of the run; nothing on a process without the learner. */
  public void remark(RunView.RunEvent.Level level, String source, String text) {
    tell(new Node.Remark(level, source, text));
  }

  private void send(Coordinator.Command request) {
    tell(new Node.Ask(request));
  }

  /** Tells this process's guardian, as soon as there is an actor system. */
  private void tell(Node.Command request) {
    synchronized (requests) {
      if (system.isPresent()) {
        system.get().tell(request);
      } else {
        requests.add(request);
      }
    }
  }

  /** How the run ended; never completes exceptionally. */
  public CompletionStage<RunSummary> done() {
    return done.minimalCompletionStage();
  }

  /**
   * Leaves the run, whatever its state, and closes engines and models. Waits for the work at hand.
   */
  @Override
  public void close() {
    closing.complete("closing");
    system.ifPresent(ActorSystem::terminate);
    done.join();
    resources.close();
  }
}
