package dev.kelpie.experience;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** State of a run while it is running; implemented by the actors, shown by terminal and page. */
public interface RunView {
  /** Every actor's last report. */
  List<ActorState> actors();

  /** Metrics of all finished steps from {@code fromStep} on. */
  List<StepMetrics> metrics(long fromStep);

  /** The newest events, oldest first. */
  List<RunEvent> events();

  /** Phase and step of the run. */
  Progress progress();

  /** Messages between actors since the run began in this process, one entry for each pair. */
  List<Link> links();

  /**
   * Past activities of an actor, oldest first, as far as they are kept.
   *
   * @param actor its name
   */
  List<Moment> timeline(String actor);

  /**
   * The ledger's counts of training samples: {@code issued}, {@code received}, {@code rewarded},
   * {@code consumed}, {@code dropped}, {@code in-flight}.
   */
  Map<String, Long> ledger();

  /**
   * Last report of an actor.
   *
   * @param name unique within the run
   * @param node host and port of its actor system
   * @param role coordinator, metrics, watchdog, lifeline, learner, rollout, reward, scoring
   * @param activity the kind of its work
   * @param doing its work in words: "generating 12 of 64 responses"
   * @param since when it began that activity
   * @param version the policy version it holds, or -1
   * @param numbers counters by name; every actor has {@code mailbox} (messages that wait), {@code
   *     messages} (handled since it started), {@code restarts} and {@code rss_mib} (of its process)
   * @param waiting what it waits for, if it waits
   */
  record ActorState(
      String name,
      String node,
      String role,
      Activity activity,
      String doing,
      Instant since,
      long version,
      Map<String, Double> numbers,
      Optional<Waiting> waiting) {
    public ActorState {
      numbers = Map.copyOf(numbers);
    }

    /** The state of an actor that waits for nothing. */
    public ActorState(
        String name,
        String node,
        String role,
        Activity activity,
        String doing,
        Instant since,
        long version,
        Map<String, Double> numbers) {
      this(name, node, role, activity, doing, since, version, numbers, Optional.empty());
    }

    /** The same state with other counters. */
    public ActorState withNumbers(Map<String, Double> others) {
      return new ActorState(name, node, role, activity, doing, since, version, others, waiting);
    }
  }

  /**
   * What an actor waits for.
   *
   * @param what in words: "weights v12"
   * @param since when it began to wait
   */
  record Waiting(Kind kind, String what, Instant since) {
    /** What is waited for. */
    public enum Kind {
      /** Work, from the coordinator. */
      WORK,
      /** A complete step, from the coordinator. */
      STEP,
      /** An engine or a model that is being opened. */
      MODEL,
      /** Published weights, from the learner's node or another holder. */
      WEIGHTS,
      /** The file of a unit's responses, from the node that has it. */
      RESPONSES,
      /** Answers of rewards, and of the servers that they ask. */
      REWARD;

      /** Whether it is waited for in the middle of work, rather than for work. */
      public boolean isOfWork() {
        return this != WORK && this != STEP;
      }
    }
  }

  /**
   * Messages from one actor to another.
   *
   * @param from name of the sender, as in {@link ActorState}
   * @param to name of the receiver
   * @param messages how many so far
   * @param bytes their serialized size so far; 0 for messages that stay inside a process
   */
  record Link(String from, String to, long messages, long bytes) {}

  /**
   * Activity of an actor from {@code since} on.
   *
   * @param activity the kind of its work
   * @param doing its work in words
   * @param version the policy version it held, or -1
   */
  record Moment(Instant since, Activity activity, String doing, long version) {}

  /** An event that is reported to people. */
  record RunEvent(Instant time, Level level, String source, String text) {
    /** Its severity. */
    public enum Level {
      INFO,
      WARNING,
      ERROR
    }
  }

  /**
   * Phase and step of the run.
   *
   * @param phase what the run is doing
   * @param step steps committed
   * @param steps steps asked for
   */
  record Progress(RunPhase phase, long step, long steps) {}
}
