package dev.kelpie.actors.plan;

import dev.kelpie.experience.StepMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Effective training time of a run: the time of its steps without faults over its wall time.
 *
 * <p>{@code effective / wall}. The wall time goes from the moment when the learner first was ready
 * to the last commit; it contains restarts, and steps that were lost by one. A step without a fault
 * counts with its own time, evaluation and checkpoint included. One that a fault disturbed counts
 * with the median of the undisturbed steps so far, or its own time where that is less or where
 * there is no other. Every step that is not lost counts once. A run without faults has 1.
 *
 * <p>The ratio as in "Role-Based Fault Tolerance System for LLM RL Post-Training",
 * https://arxiv.org/abs/2512.22492. Differs: the time before the learner is ready for the first
 * time is no loss.
 */
public final class EffectiveTime {
  /** Seconds of the run up to a step's commit. */
  public static final String WALL = "run/wall_s";

  /** Seconds of its steps without faults. */
  public static final String EFFECTIVE = "run/effective_s";

  /** Their ratio. */
  public static final String SHARE = "run/effective_time";

  /** 1 for a step that a fault disturbed, else 0. */
  public static final String DISTURBED = "run/disturbed";

  private static final String STEP = "timing_s/step";

  private final List<Double> undisturbed = new ArrayList<>(); // sorted
  private double wall;
  private double effective;

  /** A step of an earlier process of the run, with its numbers. */
  public void kept(StepMetrics step) {
    if (Double.isNaN(step.get(STEP))) {
      return;
    }
    count(step);
    wall = or(step.get(WALL), wall + step.get(STEP));
    effective = or(step.get(EFFECTIVE), effective + step.get(STEP));
  }

  /**
   * A step that is committed now, with these numbers; those without a step's time are left as they
   * are.
   *
   * @param sinceStart seconds since the run's start, if an earlier process knew it; else 0
   */
  public StepMetrics add(StepMetrics step, double sinceStart) {
    double seconds = step.get(STEP);
    if (Double.isNaN(seconds)) {
      return step;
    }
    boolean disturbed = step.get(DISTURBED) > 0;
    wall = Math.max(wall + seconds, sinceStart);
    effective += disturbed && !undisturbed.isEmpty() ? Math.min(seconds, median()) : seconds;
    count(step);
    Map<String, Double> own = new LinkedHashMap<>();
    own.put(WALL, wall);
    own.put(EFFECTIVE, effective);
    own.put(SHARE, effective / wall);
    return step.with(own);
  }

  private void count(StepMetrics step) {
    if (!(step.get(DISTURBED) > 0)) {
      double seconds = step.get(STEP);
      int at = 0;
      while (at < undisturbed.size() && undisturbed.get(at) < seconds) {
        at++;
      }
      undisturbed.add(at, seconds);
    }
  }

  private double median() {
    int middle = undisturbed.size() / 2;
    return undisturbed.size() % 2 == 1
        ? undisturbed.get(middle)
        : (undisturbed.get(middle - 1) + undisturbed.get(middle)) / 2;
  }

  private static double or(double value, double other) {
    return Double.isNaN(value) ? other : value;
  }
}
