package dev.kelpie.actors.plan;

import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.runs.UnitJournal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A journal that keeps its lines in memory. */
final class RecordedJournal implements UnitJournal {
  private final List<String> lines = new ArrayList<>();
  private final TreeMap<Long, Map<String, Scale>> scales = new TreeMap<>();

  /** The lines since the last call. */
  List<String> take() {
    List<String> taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }

  @Override
  public void issued(RolloutUnit unit) {
    lines.add("issued " + unit.id());
  }

  @Override
  public void received(RolloutUnit unit) {
    lines.add("received " + unit.id());
  }

  @Override
  public void rewarded(RolloutUnit unit, List<RewardOutcome> outcomes) {
    long failed = outcomes.stream().filter(item -> item instanceof RewardOutcome.Failed).count();
    lines.add("rewarded " + unit.id() + ", " + failed + " of " + outcomes.size() + " failed");
  }

  @Override
  public void consumed(RolloutUnit unit) {
    lines.add("consumed " + unit.id());
  }

  @Override
  public void scaled(long step, Map<String, Scale> values) {
    scales.put(step, values);
  }

  @Override
  public Map<String, Scale> scales(long step) {
    Map.Entry<Long, Map<String, Scale>> newest = scales.floorEntry(step);
    return newest == null ? Map.of() : newest.getValue();
  }

  @Override
  public void dropped(RolloutUnit unit, String reason) {
    lines.add("dropped " + unit.id() + ": " + reason);
  }
}
