package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.ScoredUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Remembers what the learner was given. */
final class RecordingWatcher implements Watcher {
  private final List<Training> orders = new ArrayList<>();
  private final Map<Long, String> policy = new TreeMap<>();

  /** An order of the learner, and the step before it. */
  record Training(long before, long step, List<ScoredUnit> units) {}

  @Override
  public void training(long before, long step, List<ScoredUnit> units) {
    orders.add(new Training(before, step, units));
  }

  @Override
  public void trained(long step, String policySha256) {
    policy.put(step, policySha256);
  }

  List<Training> orders() {
    return orders;
  }

  Map<Long, String> policy() {
    return policy;
  }
}
