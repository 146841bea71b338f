package dev.kelpie.actors.plan;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.UnitId;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * The order in which units of rollout work are issued for the first time.
 *
 * <p>The units of step {@code s} may be issued once version {@code s - 1 - maxStaleness} is
 * published; with {@code maxStaleness = 0} that is exactly the version they are sampled with. Steps
 * of a longer iteration take the version it began with, those of its later epochs have no units
 * ({@link IterationSchedule}). Units of an evaluation come first, are sampled with the version they
 * measure, and must be finished before the next step is trained.
 */
public final class RolloutSchedule {
  private static final long NOTHING_PUBLISHED = -1;

  private final Options options;
  private final IterationSchedule iterations;
  private final StepSplit split;
  private final ToIntFunction<UnitId> nextAttempt;
  private long version = NOTHING_PUBLISHED;
  private long committed;
  private long lastStep;
  private long nextStep;
  private int nextUnit;
  private long evalStep = NOTHING_PUBLISHED;
  private int nextEvalUnit;
  private int evalUnitsLeft;

  /**
   * What is scheduled, and how much.
   *
   * @param steps steps of the run
   * @param maxStaleness versions that a response may lag; 0 is synchronous
   * @param evalUnits units of work in an evaluation; 0: no evaluation
   * @param evalEvery steps between evaluations; 0: only at the start and the end
   */
  public record Options(long steps, int maxStaleness, int evalUnits, int evalEvery) {}

  /**
   * Creates a schedule that continues after a committed step.
   *
   * @param iterations says which steps are sampled, and with which version
   * @param split the units of each step
   * @param committed steps already done
   * @param nextAttempt the number of the next attempt at a unit
   */
  public RolloutSchedule(
      Options options,
      IterationSchedule iterations,
      StepSplit split,
      long committed,
      ToIntFunction<UnitId> nextAttempt) {
    this.options = options;
    this.iterations = iterations;
    this.split = split;
    this.nextAttempt = nextAttempt;
    this.committed = committed;
    this.nextStep = iterations.sampled(committed + 1);
    this.lastStep = options.steps();
  }

  /**
   * Weights that units may be sampled with; {@code measured} says that they were evaluated before.
   * A run that is to end early measures them when it is resumed.
   */
  public void published(PolicyVersion newest, boolean measured) {
    version = newest.number();
    if (!measured && !stopsEarly() && evalStep != version && evalDueAt(version)) {
      evalStep = version;
      nextEvalUnit = 0;
      evalUnitsLeft = options.evalUnits();
    }
  }

  private boolean evalDueAt(long step) {
    boolean regular = options.evalEvery() > 0 && step % options.evalEvery() == 0;
    return options.evalUnits() > 0 && (step == 0 || step == options.steps() || regular);
  }

  /**
   * The next unit that may be issued now, if any.
   *
   * @param workers rollout workers that may get units
   */
  public Optional<UnitId> next(int workers) {
    if (evalStep == version && version >= 0 && nextEvalUnit < options.evalUnits()) {
      return Optional.of(numbered(new UnitId(Purpose.EVAL, evalStep, nextEvalUnit++, 0)));
    }
    boolean fresh =
        version >= 0 && version >= iterations.version(nextStep).number() - options.maxStaleness();
    if (nextStep > lastStep || !fresh) {
      return Optional.empty();
    }
    int units = split.split(nextStep, workers);
    UnitId next = new UnitId(Purpose.ROLLOUT, nextStep, nextUnit, 0);
    if (++nextUnit == units) {
      nextStep = iterations.sampled(nextStep + 1);
      nextUnit = 0;
    }
    return Optional.of(numbered(next));
  }

  private UnitId numbered(UnitId first) {
    return first.withAttempt(nextAttempt.applyAsInt(first));
  }

  /** The version that a unit issued now is sampled with. */
  public PolicyVersion versionFor(UnitId unit) {
    if (unit.isEval()) {
      return new PolicyVersion(unit.step());
    }
    return options.maxStaleness() == 0
        ? iterations.version(unit.step())
        : new PolicyVersion(version);
  }

  /** A unit of the evaluation is done. */
  public void measured() {
    evalUnitsLeft--;
  }

  /** True while units of an evaluation are missing. */
  public boolean evaluating() {
    return evalUnitsLeft > 0;
  }

  /** The step that is trained next, if it may be trained as soon as its units are there. */
  public Optional<Long> trainable() {
    return committed < lastStep && !evaluating() ? Optional.of(committed + 1) : Optional.empty();
  }

  /** Whether a step has samples of its own. */
  public boolean samples(long step) {
    return iterations.samples(step);
  }

  /** A step's update is on disk. */
  public void committed(long step) {
    if (step != committed + 1) {
      throw new IllegalArgumentException(
          "committed step: " + step + " (expected: " + (committed + 1) + ")");
    }
    committed = step;
  }

  /** The step after which the run ends. */
  public long lastStep() {
    return lastStep;
  }

  /** Steps done. */
  public long committed() {
    return committed;
  }

  /**
   * Ends after the step that is under way. Units of later steps are issued no more.
   *
   * @return true when that is earlier than planned
   */
  public boolean stop() {
    boolean started = nextStep > committed + 1 || nextUnit > 0;
    return stopAfter(started ? committed + 1 : committed);
  }

  /**
   * Ends after {@code step}. Units of later steps are issued no more.
   *
   * @param step at least as many as are committed
   * @return true when that is earlier than planned
   */
  public boolean stopAfter(long step) {
    lastStep = Math.min(lastStep, step);
    if (stopsEarly()) {
      evalUnitsLeft = 0;
      nextEvalUnit = options.evalUnits();
    }
    return stopsEarly();
  }

  /** Whether the run ends before its last step. */
  public boolean stopsEarly() {
    return lastStep < options.steps();
  }

  /** True when nothing is left to do. */
  public boolean finished() {
    return committed >= lastStep && !evaluating();
  }
}
