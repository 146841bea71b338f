package dev.kelpie.cli.cluster;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.train.DiskRoom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Supervises the processes of a cluster. A process that dies by a signal or a crash is restarted
 * when it exits, within a {@link RestartBudget}. A learner whose disk is full is started again when
 * there is room. The run is over when the learner exits by its own decision; then all others are
 * ended.
 */
final class ClusterSupervisor implements AutoCloseable {
  static final int MOST_RESTARTS = 10;
  private static final Duration WITHIN = Duration.ofMinutes(10);
  private static final Duration LAST_WORDS = Duration.ofSeconds(15);
  private static final Duration AFTER_ASKING = Duration.ofSeconds(5);
  private static final Duration LAST_STEP = Duration.ofMinutes(1);
  private static final Duration RECONNECT = Duration.ofSeconds(5);
  private static final Duration OWN_FAILURE = Duration.ofSeconds(3);
  private static final Duration LOOK_FOR_ROOM = Duration.ofSeconds(2);
  private static final int STOPPED_BY_SIGNAL = 128 + 15;

  private final ClusterTerminal terminal;
  private final List<ClusterMember> members;
  private final Optional<DiskRoom> room;
  private final MemoryKills memoryKills = MemoryKills.ofThisContainer();
  private final Map<ClusterMember, RestartBudget> budgets = new HashMap<>();

  /** Exits of processes and restarts; each gives the exit code when it ends the run. */
  private final BlockingQueue<Supplier<OptionalInt>> events = new LinkedBlockingQueue<>();

  private final Set<ClusterMember> done = new HashSet<>();

  /** Those that are started again when the run's disk has room. */
  private final Set<ClusterMember> held = new LinkedHashSet<>();

  private volatile boolean stopping;
  private boolean killed;
  private boolean gaveUp;
  private int worst;

  /**
   * @param room of the run's disk, where one of the members is the learner
   */
  ClusterSupervisor(
      List<ClusterMember> members, Optional<DiskRoom> room, ClusterTerminal terminal) {
    this.members = List.copyOf(members);
    this.room = room;
    this.terminal = terminal;
  }

  /** Starts all processes, supervises them until the run is over, and returns the exit code. */
  int run() throws InterruptedException {
    members.forEach(this::start);
    List<String> started =
        members.stream().map(member -> member.name() + " (" + member.place() + ")").toList();
    terminal.say("processes: " + String.join(", ", started));
    while (true) {
      Supplier<OptionalInt> event =
          gaveUp ? events.poll(LAST_STEP.toMillis(), TimeUnit.MILLISECONDS) : events.take();
      if (event == null) {
        return Failures.FAILURE;
      }
      OptionalInt code = event.get();
      if (code.isPresent()) {
        return gaveUp ? Failures.FAILURE : code.getAsInt();
      }
    }
  }

  private synchronized void start(ClusterMember member) {
    if (!killed) {
      member.start(code -> events.add(() -> exited(member, code)));
    }
  }

  private OptionalInt exited(ClusterMember member, int code) {
    if (member.isHere()) {
      memoryKills.line(member.name(), code).ifPresent(terminal::say);
    } else if (!stopping && member.isCutOff(code)) {
      later(
          RECONNECT,
          () -> {
            start(member);
            return OptionalInt.empty();
          });
      return OptionalInt.empty();
    }
    if (member.leads() && isOwnDecision(code)) {
      return OptionalInt.of(code);
    }
    if (member.leads() && code == Failures.DISK_FULL && room.isPresent() && !stopping) {
      terminal.say(
          "waiting for room on the disk: "
              + room.get().words()
              + "; then the run goes on from its last checkpoint");
      if (!budget(member).take(System.nanoTime())) {
        return OptionalInt.of(code); // another disk is full, or something that is not counted here
      }
      held.add(member);
      later(LOOK_FOR_ROOM, () -> startWithRoom(room.get()));
      return OptionalInt.empty();
    }
    if (!held.isEmpty() && !stopping) {
      return hold(member);
    }
    if (member.leads() && stopping) {
      // It was stopped by a signal, and saved before it ended.
      return OptionalInt.of(code == STOPPED_BY_SIGNAL ? 0 : Failures.FAILURE);
    }
    if (code == 0 || (!hasLeader() && (stopping || isOwnDecision(code)))) {
      done.add(member);
      worst = stopping ? worst : Math.max(worst, code);
      return done.size() == members.size() ? OptionalInt.of(worst) : OptionalInt.empty();
    }
    if (isOwnDecision(code)) {
      // A run that fails ends its workers, too, and they may exit first.
      later(OWN_FAILURE, () -> held.isEmpty() ? restart(member, code) : hold(member));
      return OptionalInt.empty();
    }
    return restart(member, code);
  }

  private OptionalInt hold(ClusterMember member) {
    held.add(member);
    return OptionalInt.empty();
  }

  /** Starts those that are held, once there is room. */
  private OptionalInt startWithRoom(DiskRoom disk) {
    if (stopping) {
      return OptionalInt.of(Failures.DISK_FULL);
    }
    if (disk.isShort()) {
      later(LOOK_FOR_ROOM, () -> startWithRoom(disk));
      return OptionalInt.empty();
    }
    held.forEach(this::start);
    List<String> names =
        held.stream().map(member -> member.name() + " (" + member.place() + ")").toList();
    terminal.say("there is room again; started again: " + String.join(", ", names));
    held.clear();
    return OptionalInt.empty();
  }

  private void later(Duration pause, Supplier<OptionalInt> event) {
    CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> events.add(event));
  }

  private OptionalInt restart(ClusterMember member, int code) {
    RestartBudget budget = budget(member);
    if (budget.take(System.nanoTime())) {
      start(member);
      terminal.say(
          String.format(
              Locale.ROOT,
              "%s %s; started again (%s), %s of at most %s times in %s minutes",
              member.name(),
              words(code),
              member.place(),
              budget.taken(),
              MOST_RESTARTS,
              WITHIN.toMinutes()));
      return OptionalInt.empty();
    }
    terminal.say(
        String.format(
            Locale.ROOT,
            "%s %s; it was started again %s times in %s minutes, which is enough: ending the run",
            member.name(),
            words(code),
            MOST_RESTARTS,
            WITHIN.toMinutes()));
    if (member.leads() || !hasLeader()) {
      return OptionalInt.of(Failures.FAILURE);
    }
    gaveUp = true;
    stop();
    return OptionalInt.empty();
  }

  private RestartBudget budget(ClusterMember member) {
    return budgets.computeIfAbsent(member, key -> new RestartBudget(MOST_RESTARTS, WITHIN));
  }

  private boolean hasLeader() {
    return members.stream().anyMatch(ClusterMember::leads);
  }

  /** Kelpie exits with 0, 1 or 2; signals, crashes and lack of memory give other codes. */
  private static boolean isOwnDecision(int code) {
    return code >= 0 && code <= Failures.BAD_INPUT;
  }

  private static String words(int code) {
    return code > 128 ? "was killed by signal " + (code - 128) : "ended with exit code " + code;
  }

  /** Lets the learner finish its step and save; without a learner, ends all processes. */
  void stop() {
    stopping = true;
    members.stream().filter(member -> member.leads() || !hasLeader()).forEach(ClusterMember::ask);
  }

  /** Kills all processes and restarts none. */
  synchronized void kill() {
    killed = true;
    members.forEach(ClusterMember::kill);
  }

  /** Ends the processes that do not exit by themselves: asks them to, and then kills them. */
  @Override
  public void close() {
    long end = System.nanoTime() + LAST_WORDS.toNanos();
    for (ClusterMember member : members) {
      if (!member.ended(Duration.ofNanos(Math.max(0, end - System.nanoTime())))) {
        member.ask();
      }
    }
    members.forEach(member -> member.end(AFTER_ASKING));
    members.forEach(ClusterMember::close);
  }
}
