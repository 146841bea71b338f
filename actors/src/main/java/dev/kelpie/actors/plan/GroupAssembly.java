package dev.kelpie.actors.plan;

import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects what comes back for the units under way until their groups are complete: the file of
 * trajectories, a reward or a failure for every row, and reference log-probabilities where the run
 * needs them. Groups are whole within a unit, so a complete unit is complete groups. What comes for
 * an attempt that was given up, or comes twice, is ignored.
 */
public final class GroupAssembly {
  private final boolean needsReference;
  private final long maxStaleness;
  private final TreeMap<UnitId, Open> open = new TreeMap<>();

  private static final class Open {
    final RolloutUnit unit;
    final @Nullable RewardOutcome[] outcomes;
    @Nullable FileTicket file;
    @Nullable FileTicket logprobs;

    Open(RolloutUnit unit) {
      this.unit = unit;
      this.outcomes = new @Nullable RewardOutcome[unit.rows()];
    }
  }

  /** A range of a unit's rows, one group, to be scored. */
  public record Rows(UnitId unit, FileTicket file, int from, int to) {}

  /**
   * Creates an assembly without units.
   *
   * @param needsReference whether training needs reference log-probabilities
   * @param maxStaleness most versions a group may lag when it is trained on
   */
  public GroupAssembly(boolean needsReference, long maxStaleness) {
    this.needsReference = needsReference;
    this.maxStaleness = maxStaleness;
  }

  /** Expects the results of a unit. */
  public void issued(RolloutUnit unit) {
    open.put(unit.id(), new Open(unit));
  }

  /** The unit of an attempt that is under way. */
  public Optional<RolloutUnit> find(UnitId id) {
    return Optional.ofNullable(open.get(id)).map(item -> item.unit);
  }

  /** Takes a unit's file; what is to be scored now, or nothing when it was not expected. */
  public List<Rows> received(UnitId id, FileTicket file) {
    Open item = open.get(id);
    if (item == null || item.file != null) {
      return List.of();
    }
    item.file = file;
    int group = item.unit.samplesPerPrompt();
    // Evaluations ask once per prompt: their rows are scored in blocks of about the same size.
    int block = group > 1 ? group : Math.max(1, (item.unit.rows() + 7) / 8);
    List<Rows> rows = new ArrayList<>();
    for (int from = 0; from < item.unit.rows(); from += block) {
      rows.add(new Rows(id, file, from, Math.min(from + block, item.unit.rows())));
    }
    return rows;
  }

  /** Takes the rewards of rows; true when they were the last that the unit missed. */
  public boolean scored(UnitId id, int fromRow, List<RewardOutcome> outcomes) {
    Open item = open.get(id);
    if (item == null || fromRow < 0 || fromRow + outcomes.size() > item.outcomes.length) {
      return false;
    }
    boolean before = rewarded(item);
    for (int i = 0; i < outcomes.size(); i++) {
      if (item.outcomes[fromRow + i] == null) {
        item.outcomes[fromRow + i] = outcomes.get(i);
      }
    }
    return !before && rewarded(item);
  }

  private static boolean rewarded(Open item) {
    return Arrays.stream(item.outcomes).allMatch(outcome -> outcome != null);
  }

  /** The rewards that a unit has so far, in order of its rows. */
  public List<RewardOutcome> outcomes(UnitId id) {
    Open item = open.get(id);
    return item == null ? List.of() : known(item);
  }

  private static List<RewardOutcome> known(Open item) {
    List<RewardOutcome> outcomes = new ArrayList<>();
    for (RewardOutcome outcome : item.outcomes) {
      if (outcome != null) {
        outcomes.add(outcome);
      }
    }
    return outcomes;
  }

  /** Takes the file of a unit's reference log-probabilities; true when it was expected. */
  public boolean referenceScored(UnitId id, FileTicket file) {
    Open item = open.get(id);
    if (item == null || item.logprobs != null) {
      return false;
    }
    item.logprobs = file;
    return true;
  }

  /** Forgets an attempt, because its worker is lost or it is too stale. */
  public Optional<RolloutUnit> lost(UnitId id) {
    return Optional.ofNullable(open.remove(id)).map(item -> item.unit);
  }

  /** True when nothing of the unit is missing. */
  boolean complete(UnitId id) {
    Open item = open.get(id);
    boolean referenced = !needsReference || id.isEval() || (item != null && item.logprobs != null);
    return item != null && item.file != null && rewarded(item) && referenced;
  }

  /** Complete units of {@code step} that lag too far to be trained on in it. */
  public List<UnitId> stale(long step) {
    return ofStep(step).stream()
        .filter(item -> step - 1 - item.unit.version().number() > maxStaleness)
        .map(item -> item.unit.id())
        .filter(this::complete)
        .toList();
  }

  /** The complete units of a step, in order, once they have {@code prompts} prompts together. */
  public Optional<List<ScoredUnit>> step(long step, int prompts) {
    List<Open> items = ofStep(step);
    boolean complete =
        items.stream().mapToInt(item -> item.unit.prompts().size()).sum() == prompts
            && items.stream().allMatch(item -> complete(item.unit.id()));
    return complete
        ? Optional.of(items.stream().map(GroupAssembly::toScored).toList())
        : Optional.empty();
  }

  private List<Open> ofStep(long step) {
    return open.values().stream()
        .filter(item -> item.unit.id().step() == step && !item.unit.id().isEval())
        .toList();
  }

  /** A complete unit, which is forgotten. */
  public ScoredUnit take(UnitId id) {
    Open item = open.get(id);
    if (item == null || !complete(id)) {
      throw new IllegalArgumentException(id + ": incomplete (expected: complete)");
    }
    open.remove(id);
    return toScored(item);
  }

  private static ScoredUnit toScored(Open item) {
    FileTicket file = item.file;
    if (file == null) {
      throw new IllegalStateException(item.unit.id() + " has no file");
    }
    return new ScoredUnit(item.unit.id(), file, known(item), Optional.ofNullable(item.logprobs));
  }

  /** All attempts under way, in order. */
  public List<UnitId> underWay() {
    return List.copyOf(open.keySet());
  }

  /** What a unit under way is waiting for, in words. */
  public String missing(UnitId id) {
    Open item = open.get(id);
    if (item == null) {
      return "nothing";
    }
    if (item.file == null) {
      return "its responses";
    }
    long rewards = Arrays.stream(item.outcomes).filter(outcome -> outcome == null).count();
    if (rewards > 0) {
      return rewards + " of " + item.outcomes.length + " rewards";
    }
    return complete(id) ? "nothing" : "its reference log-probabilities";
  }
}
