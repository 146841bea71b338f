package dev.kelpie.actors.plan;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.file.Stages;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.UnitId;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Makes units of rollout work from their names alone, so that any unit can be made again. Step
 * {@code s} takes the prompts at positions {@code (s - 1) * prompts-per-step} onwards, where steps
 * of later epochs, which sample nothing, do not count. An evaluation takes the first prompts of the
 * held-out source once each at its temperature, then, where asked for, once more greedily.
 *
 * @param rowLimits by step, limit of new tokens of each of its rows, or empty
 * @param split the units of each step
 * @param refills further prompts of steps, each refill one more unit
 * @param stages what the sampling of each step is
 * @param members those of each group that a model samples
 */
public record RolloutUnits(
    Experiment experiment,
    PromptSource train,
    Optional<PromptSource> heldOut,
    LongFunction<TokenIds> rowLimits,
    StepSplit split,
    Refills refills,
    Stages stages,
    MemberSampling members) {
  /** The units of an experiment with its stages and members. */
  public RolloutUnits(
      Experiment experiment,
      PromptSource train,
      Optional<PromptSource> heldOut,
      LongFunction<TokenIds> rowLimits,
      StepSplit split,
      Refills refills) {
    this(
        experiment,
        train,
        heldOut,
        rowLimits,
        split,
        refills,
        Stages.of(experiment),
        MemberSampling.of(experiment));
  }

  /** Units of work in an evaluation; 0 without one. */
  public int perEval() {
    int passes = experiment.eval().greedy() ? 2 : 1;
    return passes * sampledEvalUnits();
  }

  private int sampledEvalUnits() {
    return (evalPrompts() + rowsPerEvalUnit() - 1) / rowsPerEvalUnit();
  }

  /** True for the units of an evaluation that decode greedily. */
  public boolean isGreedy(UnitId id) {
    return id.isEval() && id.unit() >= sampledEvalUnits();
  }

  private int evalPrompts() {
    long size = heldOut.map(PromptSource::size).orElse(0L);
    long wanted = experiment.eval().samples();
    return Math.toIntExact(wanted == 0 ? size : Math.min(wanted, size));
  }

  /** As many as in the largest unit of a step. */
  private int rowsPerEvalUnit() {
    RolloutOptions rollout = experiment.rollout();
    int prompts = rollout.unitPrompts() == 0 ? rollout.promptsPerStep() : rollout.unitPrompts();
    return prompts * Math.max(1, rollout.groupSize());
  }

  /** The name of the unit's first group, without regard to the attempt. */
  int firstIndex(UnitId id) {
    if (isRefill(id)) {
      return refill(id).first();
    }
    if (!id.isEval()) {
      return split.first(id.step(), id.unit());
    }
    int pass = id.unit() / sampledEvalUnits();
    int within = id.unit() % sampledEvalUnits();
    return pass * evalPrompts() + within * rowsPerEvalUnit();
  }

  /** The unit called {@code id}, to be sampled with {@code version}. */
  public RolloutUnit make(UnitId id, PolicyVersion version) {
    return id.isEval()
        ? evaluation(id, version)
        : rollout(id, version).withBaseline(experiment.algorithm().greedyBaseline());
  }

  private RolloutUnit rollout(UnitId id, PolicyVersion version) {
    RolloutOptions rollout = stages.at(id.step()).experiment().rollout();
    int first = firstIndex(id);
    if (isRefill(id)) {
      return refill(id, version, first);
    }
    long before = experiment.iterations().ordinal(id.step()) - 1;
    long position = before * rollout.promptsPerStep() + first;
    int count = split.first(id.step(), id.unit() + 1) - first;
    boolean fromFile = first < rollout.promptsFromFile();
    List<Prompt> prompts = prompts(train, position, count);
    if (rollout.fromFile() && !fromFile) {
      prompts = prompts.stream().map(Prompt::withoutResponses).toList();
    }
    int samples = fromFile ? 0 : rollout.groupSize();
    int rows = count * samples;
    int firstRow = first * samples;
    TokenIds limits = rowLimits.apply(id.step());
    return new RolloutUnit(
        id,
        first,
        prompts,
        samples,
        sampling(rollout, rollout.temperature()),
        limits.length() == 0 ? limits : limits.slice(firstRow, firstRow + rows),
        experiment.run().seed(),
        version,
        false,
        fromFile ? List.of() : members(rollout, version));
  }

  private boolean isRefill(UnitId id) {
    return !id.isEval() && refills.enabled() && id.unit() >= split.units(id.step());
  }

  private Refills.Refill refill(UnitId id) {
    return refills.refill(id.step(), id.unit() - split.units(id.step()));
  }

  private RolloutUnit refill(UnitId id, PolicyVersion version, int first) {
    RolloutOptions rollout = stages.at(id.step()).experiment().rollout();
    long ordinal = experiment.iterations().ordinal(id.step());
    return new RolloutUnit(
        id,
        first,
        IntStream.range(first, first + refill(id).prompts())
            .mapToObj(index -> train.at(refills.position(ordinal, index, train.size())))
            .toList(),
        rollout.groupSize(),
        sampling(rollout, rollout.temperature()),
        TokenIds.empty(),
        experiment.run().seed(),
        version,
        false,
        members(rollout, version));
  }

  private List<MemberDraws> members(RolloutOptions rollout, PolicyVersion version) {
    Sampling sampling = sampling(rollout, rollout.temperature());
    return members.draws(version, sampling);
  }

  private RolloutUnit evaluation(UnitId id, PolicyVersion version) {
    PromptSource source =
        heldOut.orElseThrow(() -> new IllegalStateException("no held-out prompts"));
    int first = firstIndex(id);
    boolean greedy = isGreedy(id);
    int position = greedy ? first - evalPrompts() : first;
    int count = Math.min(rowsPerEvalUnit(), evalPrompts() - position);
    Sampling sampling = sampling(experiment.rollout(), experiment.eval().temperature());
    return new RolloutUnit(
        id,
        first,
        prompts(source, position, count).stream().map(Prompt::withoutResponses).toList(),
        1,
        greedy ? sampling.asGreedy() : sampling,
        TokenIds.empty(),
        experiment.run().seed(),
        version);
  }

  private static Sampling sampling(RolloutOptions rollout, double temperature) {
    return new Sampling(
        temperature,
        rollout.topK(),
        rollout.topP(),
        rollout.minP(),
        rollout.maxNewTokens(),
        rollout.ignoreStop());
  }

  private static List<Prompt> prompts(PromptSource source, long position, int count) {
    return LongStream.range(position, position + count).mapToObj(source::at).toList();
  }

  /** The name of attempt 0 at the first group of a unit. */
  public GroupId firstGroup(UnitId id) {
    return new GroupId(id.isEval() ? Purpose.EVAL : Purpose.ROLLOUT, id.step(), firstIndex(id));
  }
}
