package dev.kelpie.actors.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.runs.RunSummary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The coordinator's decisions under random faults in virtual time. {@code -Dkelpie.simulation.runs}
 * is the number of interleavings, {@code -Dkelpie.simulation.seed} replays one.
 */
class InterleavingsTest {
  private static final long RUNS = Long.getLong("kelpie.simulation.runs", 1_000);
  private static final long FIRST = Long.getLong("kelpie.simulation.first", 1);

  @Test
  void everyInterleavingEndsWithALegalHistory() {
    Long seed = Long.getLong("kelpie.simulation.seed");
    List<Interleaving.Result> failed = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger kills = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    AtomicLong steps = new AtomicLong();
    long begun = System.nanoTime();
    LongStream seeds =
        seed == null ? LongStream.range(FIRST, FIRST + RUNS) : LongStream.of(seed.longValue());
    seeds
        .parallel()
        .forEach(
            each -> {
              Interleaving.Result result = run(each);
              kills.addAndGet(result.kills());
              steps.addAndGet(result.trained());
              if (result.status() != RunSummary.Status.FINISHED) {
                ended.incrementAndGet();
              }
              if (!result.faults().isEmpty() || seed != null) {
                failed.add(result);
              }
            });
    double seconds = (System.nanoTime() - begun) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%d interleavings, %d kills, %d steps trained, %d ended by a unit that failed three times:"
            + " %.1f s%n",
        seed == null ? RUNS : 1,
        kills.get(),
        steps.get(),
        ended.get(),
        seconds);
    failed.stream().limit(5).forEach(InterleavingsTest::print);
    assertThat(
            failed.stream()
                .filter(result -> !result.faults().isEmpty())
                .map(Interleaving.Result::seed)
                .sorted())
        .as("seeds of interleavings that failed")
        .isEmpty();
  }

  private static Interleaving.Result run(long seed) {
    Interleaving interleaving = new Interleaving(seed);
    try {
      return interleaving.run();
    } catch (RuntimeException | Error e) {
      StackTraceElement[] at = e.getStackTrace();
      return new Interleaving.Result(
          seed,
          List.of(e + (at.length > 0 ? " at " + at[0] : "")),
          interleaving.story(),
          RunSummary.Status.FAILED,
          0,
          0);
    }
  }

  private static void print(Interleaving.Result result) {
    System.out.println("interleaving " + result.seed() + ": " + result.status());
    result.story().forEach(line -> System.out.println("  " + line));
    result.faults().stream().limit(5).forEach(line -> System.out.println("  FAULT " + line));
    System.out.println("  replay it with -Dkelpie.simulation.seed=" + result.seed());
  }
}
