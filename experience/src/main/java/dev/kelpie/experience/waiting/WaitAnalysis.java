package dev.kelpie.experience.waiting;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.waiting.Diagnosis.Cause;
import dev.kelpie.experience.waiting.Diagnosis.Level;
import dev.kelpie.experience.waiting.Diagnosis.Link;
import dev.kelpie.experience.waiting.NodeStatus.Presence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the wait of a situation that matters most, and what it comes from. */
final class WaitAnalysis {
  /** As long as the lease of a node's work; its heartbeats come once a second. */
  private static final Duration SILENT = Duration.ofSeconds(5);

  /** The coordinator puts a situation together twice a second. */
  private static final Duration COORDINATOR_SILENT = Duration.ofSeconds(10);

  /** Processes start within a few seconds; a role that nobody has had is missed after this. */
  private static final Duration JOINING = Duration.ofSeconds(30);

  private static final Duration REFUSAL_COUNTS = Duration.ofSeconds(30);
  private static final Duration LEAST_SLOW = Duration.ofSeconds(10);
  private static final int TIMES_LONGEST = 3;
  private static final int MOST_OTHERS = 6;

  private final Situation situation;
  private final Instant now;

  /** What became of a wait: whom it hangs on, how bad it is, and why. */
  private record Finding(Wait of, Level level, Cause cause, String headline, Link end) {}

  WaitAnalysis(Situation situation, Instant now) {
    this.situation = situation;
    this.now = now;
  }

  Diagnosis diagnosis() {
    if (situation.phase() == RunPhase.DONE) {
      return plain(Level.FINE, Cause.NONE, "The run has ended.", situation.at());
    }
    if (longer(situation.at(), COORDINATOR_SILENT)) {
      Link end = new Link("coordinator", "has reported nothing", situation.at());
      return new Diagnosis(
          Level.STUCK,
          Cause.COORDINATOR_SILENT,
          "The coordinator does not report; its process is too busy, or its disk does not answer.",
          situation.at(),
          List.of(end),
          List.of(),
          notes(""));
    }
    List<Finding> findings =
        situation.waits().stream()
            .map(this::find)
            .sorted(
                Comparator.comparing(Finding::level)
                    .reversed()
                    .thenComparing(finding -> finding.end().since()))
            .toList();
    if (findings.isEmpty()) {
      return plain(Level.FINE, Cause.NONE, "Nothing is stuck.", situation.lastProgress());
    }
    Finding worst = findings.get(0);
    List<Link> others =
        findings.stream()
            .skip(1)
            .map(Finding::end)
            .filter(link -> !link.equals(worst.end()))
            .distinct()
            .limit(MOST_OTHERS)
            .toList();
    return new Diagnosis(
        worst.level(),
        worst.cause(),
        worst.headline(),
        worst.end().since(),
        chain(worst),
        others,
        notes(worst.end().actor()));
  }

  private Diagnosis plain(Level level, Cause cause, String headline, Instant since) {
    return new Diagnosis(level, cause, headline, since, List.of(), List.of(), notes(""));
  }

  /** From the learner, if it is idle, over the coordinator to whom everything waits for. */
  private List<Link> chain(Finding finding) {
    Wait wait = finding.of();
    List<Link> chain = new ArrayList<>();
    if (!wait.work().role().equals("learner")) {
      situation.nodes().stream()
          .flatMap(node -> node.workers("learner").stream())
          .flatMap(learner -> learner.waiting().stream().map(what -> waits(learner, what)))
          .forEach(chain::add);
    }
    chain.add(new Link(wait.who(), "waits for " + wait.what(), wait.since()));
    chain.add(finding.end());
    return chain;
  }

  private static Link waits(ActorState actor, Waiting what) {
    return new Link(actor.name(), "waits for " + what.what(), what.since());
  }

  private Finding find(Wait wait) {
    if (wait.work() == Work.REQUEST) {
      Link person = new Link("a person", "has paused the run", wait.since());
      return new Finding(
          wait, Level.ASKED, Cause.PAUSED, "The run is paused by request; resume it.", person);
    }
    return wait.worker().isEmpty() ? nobody(wait) : worked(wait);
  }

  /** Nobody works on it: no worker of the role is there, or each is busy with something else. */
  private Finding nobody(Wait wait) {
    String role = wait.work().role();
    if (wait.work() == Work.REWARD && situation.budget().isPresent()) {
      String why = situation.budget().get();
      Link end = new Link("reward", "can score nothing more: " + why, wait.since());
      return new Finding(
          wait, Level.STUCK, Cause.BUDGET_SPENT, "A budget of the run is spent: " + why + ".", end);
    }
    List<NodeStatus> having =
        situation.nodes().stream().filter(node -> !node.workers(role).isEmpty()).toList();
    List<NodeStatus> present =
        having.stream().filter(node -> node.presence() == Presence.PRESENT).toList();
    List<ActorState> workers =
        present.stream().flatMap(node -> node.workers(role).stream()).toList();
    boolean drained =
        !workers.isEmpty()
            && workers.stream().allMatch(state -> state.activity() == Activity.DRAINED);
    if (drained || (workers.isEmpty() && allLeft(having))) {
      Instant since =
          workers.stream()
              .map(ActorState::since)
              .max(Comparator.naturalOrder())
              .orElse(wait.since());
      Link end = new Link(role, "has no worker that takes work: each was drained", since);
      return new Finding(
          wait, Level.STUCK, Cause.DRAINED, missing(role, "was drained; let one join"), end);
    }
    Optional<NodeStatus> silent =
        workers.isEmpty()
            ? having.stream().max(Comparator.comparing(NodeStatus::heartbeat))
            : Optional.empty();
    if (silent.isPresent()) {
      return silent(wait, silent.get(), silent.get().workers(role).get(0).name());
    }
    Optional<Finding> failed =
        workers.stream().flatMap(one -> failed(wait, one).stream()).findFirst();
    if (failed.isPresent()) {
      return failed.get();
    }
    if (!workers.isEmpty()) {
      Link end = new Link(role, "has no worker free for it yet", wait.since());
      return timed(wait, Cause.SLOW, end);
    }
    return noWorker(wait, role);
  }

  private static boolean allLeft(List<NodeStatus> nodes) {
    return !nodes.isEmpty() && nodes.stream().allMatch(node -> node.presence() == Presence.LEFT);
  }

  private Finding noWorker(Wait wait, String role) {
    Optional<Situation.Refusal> refused =
        situation.refused().filter(one -> !longer(one.at(), REFUSAL_COUNTS));
    if (refused.isPresent()) {
      Link end = new Link(role, "is not let in: " + refused.get().reason(), wait.since());
      return new Finding(
          wait,
          Level.STUCK,
          Cause.CERTIFICATE_REFUSED,
          "A process is not let in, because its certificate is refused: "
              + refused.get().reason()
              + ".",
          end);
    }
    Link end = new Link(role, "has no worker: none has joined yet", wait.since());
    Level level = longer(wait.since(), JOINING) ? Level.STUCK : Level.FINE;
    String headline =
        level == Level.FINE
            ? "Nothing is stuck: a " + role + " worker is about to join."
            : missing(role, "has joined");
    return new Finding(wait, level, Cause.NO_WORKER, headline, end);
  }

  private static String missing(String role, String why) {
    return "No "
        + role
        + " worker takes work: "
        + (why.startsWith("has") ? "none " : "each ")
        + why
        + ".";
  }

  /** Somebody has been given the work. */
  private Finding worked(Wait wait) {
    Optional<NodeStatus> home =
        situation.nodes().stream()
            .filter(node -> node.actor(wait.worker()).isPresent())
            .findFirst();
    if (home.isEmpty()) {
      return timed(wait, Cause.SLOW, new Link(wait.worker(), "works on it", wait.since()));
    }
    if (home.get().presence() != Presence.PRESENT || longer(home.get().heartbeat(), SILENT)) {
      return silent(wait, home.get(), wait.worker());
    }
    ActorState state = home.get().actor(wait.worker()).orElseThrow();
    return failed(wait, state).orElseGet(() -> timed(wait, causeOf(wait, state), end(wait, state)));
  }

  private Finding silent(Wait wait, NodeStatus node, String worker) {
    Link end = new Link(worker, "is silent", node.heartbeat());
    Optional<ActorState> failed =
        node.actor(worker).filter(state -> state.activity() == Activity.FAILED);
    return new Finding(
        wait,
        Level.STUCK,
        Cause.WORKER_SILENT,
        worker
            + " sends no heartbeats: its process has ended, is stopped, or cannot be reached"
            + failed.map(state -> "; before, it " + state.doing()).orElse("")
            + ".",
        end);
  }

  private Optional<Finding> failed(Wait wait, ActorState state) {
    if (state.activity() != Activity.FAILED) {
      return Optional.empty();
    }
    String why = state.doing().toLowerCase(Locale.ROOT);
    Cause cause =
        why.contains("no space left") || why.contains("disk")
            ? Cause.DISK_FULL
            : why.contains("certificate") || why.contains("handshake")
                ? Cause.CERTIFICATE_REFUSED
                : Cause.WORKER_FAILED;
    Link end = new Link(state.name(), state.doing(), state.since());
    return Optional.of(
        new Finding(
            wait,
            Level.STUCK,
            cause,
            state.name() + " " + state.doing() + "; it is tried again.",
            end));
  }

  /** What the worker does; its clock may be another host's, and is believed if it can be right. */
  private Link end(Wait wait, ActorState state) {
    return state
        .waiting()
        .filter(what -> what.kind().isOfWork())
        .map(
            what -> {
              boolean possible = !what.since().isBefore(wait.since()) && !what.since().isAfter(now);
              Instant since = possible ? what.since() : wait.since();
              return new Link(state.name(), "waits for " + what.what(), since);
            })
        .orElseGet(
            () -> {
              boolean works = state.activity().isWork();
              return new Link(state.name(), works ? state.doing() : "has it", wait.since());
            });
  }

  private static Cause causeOf(Wait wait, ActorState state) {
    Optional<Waiting.Kind> kind = state.waiting().map(Waiting::kind);
    if (kind.isPresent()) {
      switch (kind.get()) {
        case WEIGHTS -> {
          return Cause.WEIGHTS_MISSING;
        }
        case RESPONSES -> {
          return Cause.RESPONSES_MISSING;
        }
        case MODEL -> {
          return Cause.MODEL_OPENING;
        }
        default -> {}
      }
    }
    return switch (wait.work()) {
      case REWARD -> Cause.REWARD_SLOW;
      case OPEN -> Cause.MODEL_OPENING;
      default -> Cause.SLOW;
    };
  }

  /** Compares how long it takes with how long it takes usually; before that, with stall-after. */
  private Finding timed(Wait wait, Cause cause, Link end) {
    Optional<Usual> usual = Optional.ofNullable(situation.usual().get(wait.work()));
    Duration most =
        usual
            .map(known -> Duration.ofMillis((long) (known.longest() * 1000)))
            .map(longest -> longest.multipliedBy(TIMES_LONGEST))
            .map(most3 -> most3.compareTo(LEAST_SLOW) > 0 ? most3 : LEAST_SLOW)
            .orElse(situation.stallAfter());
    if (!longer(wait.since(), most)) {
      return new Finding(wait, Level.FINE, Cause.NONE, "Nothing is stuck.", end);
    }
    String compared =
        usual
            .map(
                known ->
                    String.format(Locale.ROOT, "; the longest so far took %.1f s", known.longest()))
            .orElse("; there is no earlier one to compare it with");
    return new Finding(
        wait,
        Level.SLOW,
        cause,
        capital(wait.work().words()) + " takes longer than usual" + compared + ".",
        end);
  }

  private static String capital(String words) {
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }

  /** Silent nodes and refused certificates that nothing waits for. */
  private List<Link> notes(String waitedFor) {
    List<Link> notes = new ArrayList<>();
    for (NodeStatus node : situation.nodes()) {
      boolean silent = node.presence() == Presence.PRESENT && longer(node.heartbeat(), SILENT);
      if ((silent || node.presence() == Presence.LOST) && node.actor(waitedFor).isEmpty()) {
        String roles = String.join(", ", node.roles());
        notes.add(new Link(node.node(), "(" + roles + ") is silent", node.heartbeat()));
      }
    }
    situation
        .refused()
        .ifPresent(
            one ->
                notes.add(
                    new Link("this process", "refused a certificate: " + one.reason(), one.at())));
    situation
        .budget()
        .ifPresent(
            why -> notes.add(new Link("reward", "scores nothing more: " + why, situation.at())));
    return notes;
  }

  private boolean longer(Instant since, Duration most) {
    return Duration.between(since, now).compareTo(most) > 0;
  }
}
