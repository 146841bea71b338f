package dev.kelpie.actors.plan;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who of the workers of one kind works on what. Work is pulled: a worker that has room says so and
 * gets a task when there is one. A worker that says so while it holds a task has missed it, or its
 * answer was lost: it gets the same task again. One that comes back as another incarnation has lost
 * its task. Workers on a machine with too few cores take turns.
 *
 * @param <A> a worker's address
 * @param <T> a task
 */
public final class WorkerPool<A, T> {
  private final Map<String, Seat<A, T>> seats = new LinkedHashMap<>();
  private final CoreBudget budget;

  /**
   * Who works.
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
  public record Empty<A>(Worker worker, A address) {}

  private static final class Seat<A, T> {
    final Worker worker;
    final A address;
    @Nullable T task;
    boolean asks;
    boolean rests;
    boolean drained;
    Instant since;

    Seat(Worker worker, A address, Instant since) {
      this.worker = worker;
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

  /** A worker has room; the task that its incarnation before has lost, if any. */
  public Optional<T> ready(Worker worker, A address, Instant now) {
    Seat<A, T> seat = seats.get(worker.name());
    if (seat != null && seat.worker.incarnation() == worker.incarnation()) {
      seat.asks = true;
      return Optional.empty();
    }
    T lost = seat == null ? null : seat.task;
    Seat<A, T> fresh = new Seat<>(worker, address, now);
    fresh.asks = true;
    fresh.drained = seat != null && seat.drained;
    seats.put(worker.name(), fresh);
    return Optional.ofNullable(lost);
  }

  /** The tasks to send now: those to repeat, then new ones from {@code source}. */
  public List<Grant<A, T>> grants(Supplier<Optional<T>> source, Instant now) {
    List<Grant<A, T>> grants = new ArrayList<>();
    for (Seat<A, T> seat : seats.values()) {
      if (seat.asks && seat.task != null) {
        seat.asks = false;
        grants.add(new Grant<>(seat.worker, seat.address, seat.task));
      }
    }
    for (Seat<A, T> seat : seats.values()) {
      if (!seat.asks || seat.drained || !hasTurn(seat.worker)) {
        continue;
      }
      Optional<T> next = source.get();
      if (next.isEmpty()) {
        break;
      }
      T task = next.get();
      seat.asks = false;
      seat.task = task;
      seat.since = now;
      grants.add(new Grant<>(seat.worker, seat.address, task));
    }
    return grants;
  }

  private boolean hasTurn(Worker worker) {
    return budget.fits(worker.node(), worker.threads(), worker.cores());
  }

  private int busyThreads(String host) {
    return seats.values().stream()
        .filter(seat -> seat.task != null)
        .filter(seat -> CoreBudget.host(seat.worker.node()).equals(host))
        .mapToInt(seat -> seat.worker.threads())
        .sum();
  }

  /** The task of a worker is done or given up, if it is like this. */
  public Optional<T> finished(String name, Predicate<T> wanted) {
    Seat<A, T> seat = seats.get(name);
    T task = seat == null ? null : seat.task;
    if (seat == null || task == null || !wanted.test(task)) {
      return Optional.empty();
    }
    seat.task = null;
    seat.rests = false;
    return Optional.of(task);
  }

  /** Workers that asked in vain since their last task; each is named once. */
  public List<A> resting() {
    List<A> resting = new ArrayList<>();
    for (Seat<A, T> seat : seats.values()) {
      if (seat.asks && seat.task == null && !seat.rests && !seat.drained) {
        seat.rests = true;
        resting.add(seat.address);
      }
    }
    return resting;
  }

  /** What came of asking to drain a worker. */
  public enum Draining {
    UNKNOWN,
    ALREADY,
    BEGUN
  }

  /** Gives a worker no new task. The one it has is repeated to it as ever until it is finished. */
  public Draining drain(String name) {
    Seat<A, T> seat = seats.get(name);
    if (seat == null) {
      return Draining.UNKNOWN;
    }
    if (seat.drained) {
      return Draining.ALREADY;
    }
    seat.drained = true;
    seat.rests = false;
    return Draining.BEGUN;
  }

  /** Workers that are to get no new task and have finished their last; each is named once. */
  public List<Empty<A>> drained() {
    List<Empty<A>> drained = new ArrayList<>();
    for (Seat<A, T> seat : seats.values()) {
      if (seat.drained && seat.task == null && !seat.rests) {
        seat.rests = true;
        drained.add(new Empty<>(seat.worker, seat.address));
      }
    }
    return drained;
  }

  /** Names of the workers that may get a task. */
  public List<String> serving() {
    return seats.values().stream()
        .filter(seat -> !seat.drained)
        .map(seat -> seat.worker.name())
        .toList();
  }

  /** Whether somebody holds a task. */
  public boolean busy() {
    return seats.values().stream().anyMatch(seat -> seat.task != null);
  }

  /** Forgets the workers of a node; the tasks they had. */
  public List<T> nodeLost(String node) {
    List<T> lost = new ArrayList<>();
    for (Iterator<Seat<A, T>> all = seats.values().iterator(); all.hasNext(); ) {
      Seat<A, T> seat = all.next();
      if (seat.worker.node().equals(node)) {
        all.remove();
        if (seat.task != null) {
          lost.add(seat.task);
        }
      }
    }
    return lost;
  }

  /** Addresses of all workers. */
  public List<A> all() {
    return seats.values().stream().map(seat -> seat.address).toList();
  }

  /** Who works on a task like this since when. */
  public Optional<String> holder(Predicate<T> wanted) {
    return seats.values().stream()
        .filter(seat -> seat.task != null && wanted.test(seat.task))
        .map(seat -> seat.worker.name() + " (since " + seat.since + ")")
        .findFirst();
  }
}
