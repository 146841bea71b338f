package dev.kelpie.tensors;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Native threads that work side by side, each on its own part of the work. The operations of a
 * small model are so short that threads which share each of them mostly wait for one another; in
 * lanes, every thread runs its own operations.
 */
public final class ThreadLanes implements AutoCloseable {
  private final List<NativeThread> threads;

  private ThreadLanes(List<NativeThread> threads) {
    this.threads = threads;
  }

  /**
   * Starts {@code lanes} native threads called {@code name-first}, {@code name-(first + 1)} and so
   * on. They share {@code threads} processor threads; the first lanes get those that remain.
   *
   * @param lanes 0: work runs on the thread that calls
   */
  public static ThreadLanes start(String name, int first, int lanes, int threads) {
    return new ThreadLanes(
        IntStream.range(0, lanes)
            .mapToObj(
                lane ->
                    NativeThread.start(
                        name + "-" + (first + lane),
                        threads / lanes + (lane < threads % lanes ? 1 : 0)))
            .toList());
  }

  /** Number of parts that are worked on at the same time. */
  public int count() {
    return Math.max(1, threads.size());
  }

  /** The native thread of a lane. */
  public NativeThread thread(int lane) {
    return threads.get(lane);
  }

  /** The parts that are worked on at the same time, one round after the other. */
  public <T> List<List<T>> rounds(List<T> parts) {
    List<List<T>> rounds = new ArrayList<>();
    for (int from = 0; from < parts.size(); from += count()) {
      rounds.add(parts.subList(from, Math.min(parts.size(), from + count())));
    }
    return rounds;
  }

  /**
   * Runs one piece of work on each of the first lanes and waits for all. When one throws, or the
   * caller is interrupted, the others are interrupted and waited for.
   */
  public <T> List<T> callAll(List<Callable<T>> work) {
    return NativeThread.callAll(threads, work);
  }

  /** Runs {@code work} once for each of the first {@code lanes} lanes and waits for all. */
  public <T> List<T> callAll(int lanes, IntFunction<T> work) {
    if (threads.isEmpty()) {
      return IntStream.range(0, lanes).mapToObj(work).toList();
    }
    List<Callable<T>> pieces = new ArrayList<>();
    for (int i = 0; i < lanes; i++) {
      int lane = i;
      pieces.add(() -> work.apply(lane));
    }
    return callAll(pieces);
  }

  @Override
  public void close() {
    threads.forEach(NativeThread::close);
  }
}
