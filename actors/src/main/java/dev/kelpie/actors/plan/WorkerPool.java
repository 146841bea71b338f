package dev.kelpie.actors.plan;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The workers of one kind and their tasks. Work is pulled: a worker that has room asks for it and
 * gets a task when there is one. A worker that asks while it holds a task has missed it, or its
 * answer was lost: it gets the same task again. One that comes back as another incarnation has lost
 * its task. Workers on a machine with too few cores take turns.
 *
 * @param <A> a worker's address
 * @param <T> a task
 */
public final class WorkerPool<A, T> {
  private final Map<String, Slot<A, T>> slots = new LinkedHashMap<>();
  private final Map<String, Integer> busyThreads = new HashMap<>(); // by machine
  private final CoreBudget budget;

  /**
   * A worker.
   *
   * @param name unique in the run
   * @param node host and port of its actor system
   * @param incarnation differs after each of its restarts
   * @param threads native threads its work keeps busy
   * @param cores processors of its machine
   */
  public record Worker(String name, String node, long incarnation, int threads, int cores) {}

  /** A task for a worker. */
  public record Grant<A, T>(Worker worker, A address, T task) {}

  /** A worker without a task. */
  public record IdleWorker<A>(Worker worker, A address) {}

  private static final class Slot<A, T> {
    final Worker worker;
    final String host;
    final A address;
    @Nullable T task;
    boolean asks;
    boolean named;
    boolean drained;
    Instant since;

    Slot(Worker worker, A address, Instant since) {
      this.worker = worker;
      this.host = CoreBudget.host(worker.node());
      this.address = address;
      this.since = since;
    }
  }

  /**
   * Creates a pool without workers.
   *
   * @param budget lets work begin; its machines' cores are shared with others
   */
  public WorkerPool(CoreBudget budget) {
    this.budget = budget;
    budget.add(this::busyThreads);
  }

  /** Takes a worker that has room; the task that its earlier incarnation lost, if any. */
  public Optional<T> ready(Worker worker, A address, Instant now) {
    Slot<A, T> slot = slots.get(worker.name());
    if (slot != null && slot.worker.incarnation() == worker.incarnation()) {
      slot.asks = true;
      return Optional.empty();
    }
    T lost = slot == null ? null : slot.task;
    if (slot != null) {
      set(slot, null);
    }
    Slot<A, T> fresh = new Slot<>(worker, address, now);
    fresh.asks = true;
    fresh.drained = slot != null && slot.drained;
    slots.put(worker.name(), fresh);
    return Optional.ofNullable(lost);
  }

  /** The tasks to send now: those to repeat, then new ones from {@code source}. */
  public List<Grant<A, T>> grants(Supplier<Optional<T>> source, Instant now) {
    List<Grant<A, T>> grants = new ArrayList<>();
    for (Slot<A, T> slot : slots.values()) {
      if (slot.asks && slot.task != null) {
        slot.asks = false;
        grants.add(new Grant<>(slot.worker, slot.address, slot.task));
      }
    }
    for (Slot<A, T> slot : slots.values()) {
      if (!slot.asks || slot.drained || !hasTurn(slot.worker)) {
        continue;
      }
      Optional<T> next = source.get();
      if (next.isEmpty()) {
        break;
      }
      T task = next.get();
      slot.asks = false;
      set(slot, task);
      slot.since = now;
      grants.add(new Grant<>(slot.worker, slot.address, task));
    }
    return grants;
  }

  private boolean hasTurn(Worker worker) {
    return budget.fits(worker.node(), worker.threads(), worker.cores());
  }

  private int busyThreads(String host) {
    return busyThreads.getOrDefault(host, 0);
  }

  /** Gives a slot its task, or takes the one it has. */
  private void set(Slot<A, T> slot, @Nullable T task) {
    int change = (task == null ? 0 : 1) - (slot.task == null ? 0 : 1);
    slot.task = task;
    if (change != 0) {
      busyThreads.merge(slot.host, change * slot.worker.threads(), Integer::sum);
    }
  }

  /** The task of a worker is done or given up, if it is like this. */
  public Optional<T> finished(String name, Predicate<T> wanted) {
    Slot<A, T> slot = slots.get(name);
    T task = slot == null ? null : slot.task;
    if (slot == null || task == null || !wanted.test(task)) {
      return Optional.empty();
    }
    set(slot, null);
    slot.named = false;
    return Optional.of(task);
  }

  /** Workers that asked in vain since their last task; each is named once. */
  public List<A> newlyIdle() {
    List<A> idle = new ArrayList<>();
    for (Slot<A, T> slot : slots.values()) {
      if (slot.asks && slot.task == null && !slot.named && !slot.drained) {
        slot.named = true;
        idle.add(slot.address);
      }
    }
    return idle;
  }

  /** What came of asking to drain a worker. */
  public enum Draining {
    UNKNOWN,
    ALREADY,
    BEGUN
  }

  /** Gives a worker no new task. The one it has is repeated to it as ever until it is finished. */
  public Draining drain(String name) {
    Slot<A, T> slot = slots.get(name);
    if (slot == null) {
      return Draining.UNKNOWN;
    }
    if (slot.drained) {
      return Draining.ALREADY;
    }
    slot.drained = true;
    slot.named = false;
    return Draining.BEGUN;
  }

  /**
   * Workers that are to get no new task and have finished their last; each is named once.
   *
   * @param free whether a worker of that name may go: nobody needs what it has made
   */
  public List<IdleWorker<A>> drained(Predicate<String> free) {
    List<IdleWorker<A>> drained = new ArrayList<>();
    for (Slot<A, T> slot : slots.values()) {
      if (slot.drained && slot.task == null && !slot.named && free.test(slot.worker.name())) {
        slot.named = true;
        drained.add(new IdleWorker<>(slot.worker, slot.address));
      }
    }
    return drained;
  }

  /** Names of the workers that may get a task. */
  public List<String> serving() {
    return slots.values().stream()
        .filter(slot -> !slot.drained)
        .map(slot -> slot.worker.name())
        .toList();
  }

  /** Whether somebody holds a task. */
  public boolean busy() {
    return slots.values().stream().anyMatch(slot -> slot.task != null);
  }

  /** Names of the workers of a node that may get a task. */
  public List<String> on(String node) {
    return slots.values().stream()
        .filter(slot -> !slot.drained && slot.worker.node().equals(node))
        .map(slot -> slot.worker.name())
        .toList();
  }

  /** Forgets the workers of a node; the tasks they had. */
  public List<T> nodeLost(String node) {
    List<T> lost = new ArrayList<>();
    for (Iterator<Slot<A, T>> all = slots.values().iterator(); all.hasNext(); ) {
      Slot<A, T> slot = all.next();
      if (slot.worker.node().equals(node)) {
        all.remove();
        if (slot.task != null) {
          lost.add(slot.task);
          set(slot, null);
        }
      }
    }
    return lost;
  }

  /** Addresses of all workers. */
  public List<A> all() {
    return slots.values().stream().map(slot -> slot.address).toList();
  }

  /** A worker's task, and since when it has it. */
  public record Held<T>(Worker worker, T task, Instant since) {}

  /** The tasks that workers have. */
  public List<Held<T>> held() {
    List<Held<T>> held = new ArrayList<>();
    for (Slot<A, T> slot : slots.values()) {
      T task = slot.task;
      if (task != null) {
        held.add(new Held<>(slot.worker, task, slot.since));
      }
    }
    return held;
  }

  /** Whether all workers of a node were drained; false for one without workers. */
  public boolean isDrained(String node) {
    List<Slot<A, T>> own =
        slots.values().stream().filter(slot -> slot.worker.node().equals(node)).toList();
    return !own.isEmpty() && own.stream().allMatch(slot -> slot.drained);
  }
}
