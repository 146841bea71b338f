package dev.kelpie.experience;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What may be seen of a run while it lives; implemented by the actors, shown by terminal and page.
 */
public interface RunView {
  /** Every actor's last report. */
  List<ActorState> actors();

  /** Metrics of all finished steps from {@code fromStep} on. */
  List<StepMetrics> metrics(long fromStep);

  /** The newest events, oldest first. */
  List<RunEvent> events();

  /** Where the run stands. */
  Progress progress();

  /**
   * An actor's own account of itself.
   *
   * @param name unique within the run
   * @param node host and port of its actor system
   * @param role coordinator, rollout, reward, scoring, learner
   * @param doing in words: "generating 12 of 64 responses"
   * @param since when it began doing that
   * @param version the policy version it holds, or -1
   * @param numbers counters and rates by name
   */
  record ActorState(
      String name,
      String node,
      String role,
      String doing,
      Instant since,
      long version,
      Map<String, Double> numbers) {
    public ActorState {
      numbers = Map.copyOf(numbers);
    }
  }

  /** Something worth telling a person. */
  record RunEvent(Instant time, Level level, String source, String text) {
    /** How much it matters. */
    public enum Level {
      INFO,
      WARNING,
      ERROR
    }
  }

  /**
   * Where the run stands.
   *
   * @param phase evaluating, training, saving, done
   * @param step steps committed
   * @param steps steps asked for
   */
  record Progress(String phase, long step, long steps) {}
}
