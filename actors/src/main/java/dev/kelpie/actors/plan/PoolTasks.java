package dev.kelpie.actors.plan;

import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.waiting.NodeStatus.Task;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.experience.waiting.Work;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the workers of all pools have been given and not finished. */
public final class PoolTasks {
  private final Map<UnitId, List<Task>> byUnit = new HashMap<>();
  private final Map<String, List<Task>> byNode = new HashMap<>();

  /** A worker has been given a unit, or rows of one. */
  public void add(WorkerPool.Worker worker, UnitId unit, Instant since) {
    Task task = new Task(worker.name(), unit.toString(), since);
    byUnit.computeIfAbsent(unit, key -> new ArrayList<>()).add(task);
    byNode.computeIfAbsent(worker.node(), key -> new ArrayList<>()).add(task);
  }

  /** The tasks of each node's workers. */
  public Map<String, List<Task>> byNode() {
    return byNode;
  }

  /**
   * What the coordinator waits for: of each unit what it lacks, from each worker that has a part of
   * it. Where no unit is under way, for a worker that takes one.
   *
   * @param issue the work of units that are to be issued
   * @param since when something was last done
   */
  public List<Wait> waits(UnitTracker tracker, Work issue, Instant since) {
    List<Wait> waits = new ArrayList<>();
    for (UnitId id : tracker.underWay()) {
      tracker
          .missing(id)
          .ifPresent(
              lacks -> {
                String what = lacks.what() + " of " + id;
                List<Task> tasks = byUnit.getOrDefault(id, List.of());
                tasks.forEach(
                    task -> waits.add(Wait.of(what, lacks.work(), task.worker(), task.since())));
                if (tasks.isEmpty()) {
                  waits.add(Wait.of(what, lacks.work(), "", since));
                }
              });
    }
    for (UnitId id : tracker.toRetry()) {
      Work work = id.isEval() ? Work.EVALUATE : Work.GENERATE;
      waits.add(Wait.of("a rollout worker for " + id.retry(), work, "", since));
    }
    if (waits.isEmpty()) {
      waits.add(Wait.of("a rollout worker to ask for work", issue, "", since));
    }
    return waits;
  }
}
