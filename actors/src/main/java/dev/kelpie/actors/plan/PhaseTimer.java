package dev.kelpie.actors.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The time of a step by phase. Each phase reports its spans; a step lasts from the commit before to
 * its own. A phase's time is that covered by its spans, so that two workers at once count once;
 * {@code other} is the time that no phase covers.
 */
public final class PhaseTimer {
  private final Map<Phase, List<Span>> spans = new EnumMap<>(Phase.class);
  private long start;

  /** What a step is spent on. */
  public enum Phase {
    ROLLOUT("rollout", false),
    REWARD("reward", false),
    REF_LOGPROB("ref_logprob", false),
    UPDATE_POLICY("update_policy", false),
    WEIGHT_SYNC("weight_sync", false),
    EVAL("eval", true),
    CHECKPOINT("checkpoint", true),
    PAUSED("paused", true);

    private final String name;
    private final boolean seldom;

    /**
     * @param seldom reported only for a step that has some of it
     */
    Phase(String name, boolean seldom) {
      this.name = name;
      this.seldom = seldom;
    }
  }

  private record Span(long from, long to) {}

  PhaseTimer(long start) {
    this.start = start;
  }

  /** A phase lasted {@code seconds} and ended at {@code end}, in nanoseconds. */
  void span(Phase phase, double seconds, long end) {
    long nanos = (long) (seconds * 1e9);
    if (nanos > 0) {
      spans.computeIfAbsent(phase, key -> new ArrayList<>()).add(new Span(end - nanos, end));
    }
  }

  /** Ends the step at {@code now}; its times in seconds by metric name. */
  Map<String, Double> close(long now) {
    Map<String, Double> times = new LinkedHashMap<>();
    List<Span> all = new ArrayList<>();
    for (Phase phase : Phase.values()) {
      List<Span> own = spans.getOrDefault(phase, List.of());
      if (!phase.seldom || !own.isEmpty()) {
        times.put("timing_s/" + phase.name, covered(own, now));
      }
      all.addAll(own);
    }
    times.put("timing_s/step", (now - start) / 1e9);
    times.put("timing_s/other", (now - start) / 1e9 - covered(all, now));
    spans.clear();
    start = now;
    return times;
  }

  /** Seconds between the step's start and {@code now} that the spans cover. */
  private double covered(List<Span> own, long now) {
    List<Span> sorted = own.stream().sorted(Comparator.comparingLong(Span::from)).toList();
    long total = 0;
    long reached = start;
    for (Span span : sorted) {
      long from = Math.max(span.from(), reached);
      long to = Math.min(span.to(), now);
      if (to > from) {
        total += to - from;
        reached = to;
      }
    }
    return total / 1e9;
  }

  /** When the step began. */
  long start() {
    return start;
  }
}
