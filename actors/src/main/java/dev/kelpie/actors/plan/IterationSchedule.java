package dev.kelpie.actors.plan;

import dev.kelpie.config.AdvanceOptions;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.KebabCase;
import dev.kelpie.experience.PolicyVersion;
import java.util.ArrayList;
import java.util.List;

/**
 * The phases of a run's iterations, step by step. An iteration begins with a version. Its first
 * steps are sampled with that version and trained (SAMPLE); those of later epochs are trained on
 * the same samples again (REPLAY); then the weights advance, and the next iteration begins. Where
 * branches are discarded, every other iteration is a branch: the next one is sampled with its
 * result, and trained from the weights that the branch began with.
 */
public final class IterationSchedule {
  private final IterationOptions options;
  private final long steps;
  private long committed;

  /** What a step of an iteration is trained on. */
  public enum Phase {
    SAMPLE,
    REPLAY,
    DONE
  }

  /** What happens between two steps, for the journal. */
  public sealed interface Event {}

  /** An iteration, counted from 1, begins with version {@code version}. */
  public record Began(long iteration, long version) implements Event {}

  /** The weights of an iteration's end have advanced by an operator. */
  public record Advanced(String operator) implements Event {}

  /**
   * A schedule that continues after a committed step.
   *
   * @param steps updates of the run
   */
  public IterationSchedule(IterationOptions options, long steps, long committed) {
    this.options = options;
    this.steps = steps;
    this.committed = committed;
  }

  /** The phase of the next step. */
  public Phase phase() {
    if (committed >= steps) {
      return Phase.DONE;
    }
    return options.samples(committed + 1) ? Phase.SAMPLE : Phase.REPLAY;
  }

  /** The first step from {@code step} on that has samples of its own. */
  public long sampled(long step) {
    return options.samples(step) ? step : options.start(step) + options.length() + 1;
  }

  /** Whether a step has samples of its own. */
  public boolean samples(long step) {
    return options.samples(step);
  }

  /** The version that samples a step. */
  public PolicyVersion version(long step) {
    return new PolicyVersion(options.start(step));
  }

  /** What has happened when the run starts, or continues. */
  public List<Event> begun() {
    return committed < steps ? beginning() : List.of();
  }

  /**
   * A step's update is done.
   *
   * @return what happens after it, in order
   */
  public List<Event> committed(long step) {
    if (step != committed + 1) {
      throw new IllegalArgumentException(
          "committed step: " + step + " (expected: " + (committed + 1) + ")");
    }
    committed = step;
    if (!options.used() || !options.boundary(step)) {
      return List.of();
    }
    AdvanceOptions.Type operator = options.advance().type();
    List<Event> events = new ArrayList<>();
    events.add(new Advanced(KebabCase.of(operator)));
    if (step < steps) {
      events.addAll(beginning());
    }
    return events;
  }

  private List<Event> beginning() {
    if (!options.used() || !options.boundary(committed)) {
      return List.of();
    }
    return List.of(new Began(options.iteration(committed + 1), committed));
  }
}
