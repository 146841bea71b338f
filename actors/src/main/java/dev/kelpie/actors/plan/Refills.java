package dev.kelpie.actors.plan;

import dev.kelpie.config.DynamicSamplingOptions;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.reward.GroupSpread;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Dynamic sampling: a step whose groups have too few with a spread of rewards samples further
 * prompts, as many as are missing, within a bound. Each refill is one unit of work. Which prompts
 * it takes depends on the step and on the rewards of its earlier groups alone, so any worker, a
 * retry and a resumed run take the same.
 *
 * <p>DAPO, Yu et al. 2025, https://arxiv.org/abs/2503.14476, section 3.2. Differs: a step that is
 * not full after the last refill is trained with the groups that it has.
 */
public final class Refills {
  private final DynamicSamplingOptions options;
  private final int promptsPerStep;
  private final BiConsumer<Long, Integer> journal;
  private final TreeMap<Long, List<Refill>> refills = new TreeMap<>();
  private final Deque<UnitId> waiting = new ArrayDeque<>();

  /**
   * Further prompts of a step.
   *
   * @param first index within the step of the first of them
   */
  record Refill(int first, int prompts) {}

  /**
   * Refills of steps.
   *
   * @param promptsPerStep groups with a spread that a step is to have
   * @param journal writes down the step and the number of further prompts of each refill
   */
  public Refills(
      DynamicSamplingOptions options, int promptsPerStep, BiConsumer<Long, Integer> journal) {
    this.options = options;
    this.promptsPerStep = promptsPerStep;
    this.journal = journal;
  }

  /** Whether steps are refilled at all. */
  public boolean enabled() {
    return options.enabled();
  }

  /** The number of refills of a step so far, each of which is a unit. */
  public int units(long step) {
    return of(step).size();
  }

  private List<Refill> of(long step) {
    return refills.getOrDefault(step, List.of());
  }

  /** The refill that is the unit {@code index} behind the step's own units. */
  Refill refill(long step, int index) {
    return of(step).get(index);
  }

  /** Further prompts of a step so far. */
  int prompts(long step) {
    return of(step).stream().mapToInt(Refill::prompts).sum();
  }

  /**
   * Looks at the groups of a step that is complete so far, and plans a refill where it lacks some.
   *
   * @param ownUnits the number of the step's units without refills
   * @param groups the outcomes of each group so far
   * @return whether the step waits for a refill
   */
  public boolean plan(long step, int ownUnits, List<List<RewardOutcome>> groups) {
    int missing = promptsPerStep - (int) groups.stream().filter(this::differs).count();
    List<Refill> before = of(step);
    if (!options.enabled() || missing <= 0 || before.size() >= options.maxRefills()) {
      return false;
    }
    List<Refill> more = new ArrayList<>(before);
    more.add(new Refill(promptsPerStep + prompts(step), missing));
    refills.put(step, more);
    waiting.add(new UnitId(Purpose.ROLLOUT, step, ownUnits + before.size(), 0));
    journal.accept(step, missing);
    return true;
  }

  private boolean differs(List<RewardOutcome> group) {
    List<Score> scores = new ArrayList<>();
    for (RewardOutcome outcome : group) {
      if (outcome instanceof RewardOutcome.Scored scored) {
        scores.add(scored.score());
      }
    }
    return GroupSpread.differ(scores, options.metric());
  }

  /** The next refill to be issued for the first time, if any waits. */
  public Optional<UnitId> next() {
    return Optional.ofNullable(waiting.poll());
  }

  /**
   * The numbers of refills and of further prompts of a step that is trained; it and the steps
   * before are forgotten. Nothing where steps are not refilled.
   */
  public Map<String, Double> take(long step) {
    if (!options.enabled()) {
      return Map.of();
    }
    Map<String, Double> numbers =
        Map.of(
            "sampling/refills",
            (double) units(step),
            "sampling/refilled_prompts",
            (double) prompts(step));
    refills.headMap(step, true).clear();
    return numbers;
  }

  /**
   * The position in the endless sequence of passes of the prompt {@code index} of a refill's step:
   * from the end of the step's pass backwards, so that the prompts of other steps stay theirs.
   *
   * @param size prompts in one pass
   */
  long position(long step, int index, long size) {
    long first = (step - 1) * promptsPerStep;
    long pass = first / size;
    long behind = first % size * Math.max(1, options.maxRefills()) + (index - promptsPerStep);
    return pass * size + (size - 1 - behind % size);
  }
}
