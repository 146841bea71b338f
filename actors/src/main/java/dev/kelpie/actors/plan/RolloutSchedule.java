package dev.kelpie.actors.plan;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.UnitId;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/**
 * Says which unit of rollout work comes next.
 *
 * <p>The units of step {@code s} may be issued once version {@code s - 1 - maxStaleness} is
 * published; with {@code maxStaleness = 0} that is exactly the version they are sampled with. Units
 * of an evaluation come first, are sampled with the version they measure, and must be finished
 * before the next step is trained.
 */
public final class RolloutSchedule {
  private static final long NOTHING_PUBLISHED = -1;

  private final Options options;
  private final StepSplit split;
  private final ToIntFunction<UnitId> nextAttempt;
  private final TreeSet<UnitId> lost = new TreeSet<>();
  private final Set<UnitId> evalOpen = new HashSet<>();
  private long version = NOTHING_PUBLISHED;
  private long committed;
  private long lastStep;
  private long nextStep;
  private int nextUnit;
  private long evalStep = NOTHING_PUBLISHED;
  private int nextEvalUnit;

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
   * @param split the units of each step
   * @param committed steps already done
   * @param nextAttempt the number of the next attempt at a unit
   */
  public RolloutSchedule(
      Options options, StepSplit split, long committed, ToIntFunction<UnitId> nextAttempt) {
    this.options = options;
    this.split = split;
    this.nextAttempt = nextAttempt;
    this.committed = committed;
    this.nextStep = committed + 1;
    this.lastStep = options.steps();
  }

  /**
   * Weights that units may be sampled with; {@code measured} says that they were evaluated before.
   * A run that is to end early measures them when it goes on.
   */
  public void published(PolicyVersion newest, boolean measured) {
    version = newest.number();
    boolean stopping = lastStep < options.steps();
    if (!measured && !stopping && evalDueAt(version)) {
      evalStep = version;
      nextEvalUnit = 0;
      for (int unit = 0; unit < options.evalUnits(); unit++) {
        evalOpen.add(new UnitId(Purpose.EVAL, version, unit, 0));
      }
    }
  }

  private boolean evalDueAt(long step) {
    boolean regular = options.evalEvery() > 0 && step % options.evalEvery() == 0;
    return options.evalUnits() > 0 && (step == 0 || step == options.steps() || regular);
  }

  /**
   * The unit to issue now to a worker that has room, if any.
   *
   * @param workers rollout workers that may get units
   */
  public Optional<UnitId> next(int workers) {
    if (!lost.isEmpty()) {
      return Optional.ofNullable(lost.pollFirst());
    }
    if (evalStep == version && version >= 0 && nextEvalUnit < options.evalUnits()) {
      return Optional.of(numbered(new UnitId(Purpose.EVAL, evalStep, nextEvalUnit++, 0)));
    }
    boolean fresh = version >= 0 && version >= nextStep - 1 - options.maxStaleness();
    if (nextStep > lastStep || !fresh) {
      return Optional.empty();
    }
    int units = split.split(nextStep, workers);
    UnitId next = new UnitId(Purpose.ROLLOUT, nextStep, nextUnit, 0);
    if (++nextUnit == units) {
      nextStep++;
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
    return new PolicyVersion(options.maxStaleness() == 0 ? unit.step() - 1 : version);
  }

  /** Takes back a unit whose result will not come; it is issued again as the next attempt. */
  public void lost(UnitId unit) {
    if (!unit.isEval() && unit.step() > lastStep) {
      return;
    }
    lost.add(unit.retry());
  }

  /** An evaluation's unit is done. */
  public void measured(UnitId unit) {
    evalOpen.remove(unit.withAttempt(0));
  }

  /** True while units of an evaluation are missing. */
  public boolean evaluating() {
    return !evalOpen.isEmpty();
  }

  /** The step that is trained next, if it may be trained as soon as its units are there. */
  public Optional<Long> trainable() {
    return committed < lastStep && !evaluating() ? Optional.of(committed + 1) : Optional.empty();
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
    boolean started = nextStep > committed + 1 || nextUnit > 0 || hasLost(committed + 1);
    lastStep = Math.min(lastStep, started ? committed + 1 : committed);
    lost.removeIf(unit -> !unit.isEval() && unit.step() > lastStep);
    if (lastStep < options.steps()) {
      evalOpen.clear();
      lost.removeIf(UnitId::isEval);
      nextEvalUnit = options.evalUnits();
    }
    return lastStep < options.steps();
  }

  private boolean hasLost(long step) {
    return lost.stream().anyMatch(unit -> !unit.isEval() && unit.step() == step);
  }

  /** True when nothing is left to do. */
  public boolean finished() {
    return committed >= lastStep && !evaluating();
  }
}
