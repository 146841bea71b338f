package dev.kelpie.learner.scoring;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.learner.rows.Microbatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Scores microbatches of texts that files have under a model that never moves: those that are in
 * the cache are not computed. A microbatch is kept as a whole, and only if no row of it is sampled.
 */
final class KeptLogprobs {
  private final LogprobCache cache;
  private final Supplier<LogprobKeys> makeKeys;
  private @Nullable LogprobKeys keys;

  /** Computes microbatches at a temperature; the sink takes each row with its numbers. */
  interface Computing {
    void compute(List<Microbatch> batches, double temperature, BiConsumer<Integer, PerToken> sink);
  }

  /**
   * What is kept of a model.
   *
   * @param keys hashes the weights; asked once, when there is a text that may be kept
   */
  KeptLogprobs(LogprobCache cache, Supplier<LogprobKeys> keys) {
    this.cache = cache;
    this.makeKeys = keys;
  }

  /** Scores {@code batches}, whose rows are each in one of them. */
  Lookups score(
      List<Microbatch> batches,
      double temperature,
      IntPredicate fromFile,
      Computing model,
      BiConsumer<Integer, PerToken> sink) {
    List<Microbatch> computed = new ArrayList<>();
    List<Microbatch> missing = new ArrayList<>();
    List<byte[]> missingKeys = new ArrayList<>();
    int asked = 0;
    int found = 0;
    for (Microbatch batch : batches) {
      int rows = batch.rows().size();
      if (!batch.rows().stream().allMatch(fromFile::test)) {
        computed.add(batch);
        continue;
      }
      asked += rows;
      byte[] key = keys().key(batch.sequences(), temperature);
      var numbers = cache.find(key, tokens(batch));
      if (numbers.isPresent()) {
        found += rows;
        deliver(batch, numbers.get(), sink);
      } else {
        computed.add(batch);
        missing.add(batch);
        missingKeys.add(key);
      }
    }
    Map<Integer, PerToken> fresh = new HashMap<>();
    model.compute(
        computed,
        temperature,
        (row, numbers) -> {
          fresh.put(row, numbers);
          sink.accept(row, numbers);
        });
    for (int i = 0; i < missing.size(); i++) {
      cache.add(missingKeys.get(i), joined(missing.get(i), fresh));
    }
    return new Lookups(asked, found);
  }

  private LogprobKeys keys() {
    LogprobKeys made = keys == null ? makeKeys.get() : keys;
    keys = made;
    return made;
  }

  private static int tokens(Microbatch batch) {
    return batch.sequences().rows().stream().mapToInt(row -> row.response().length()).sum();
  }

  /** Cuts the numbers of a microbatch into those of its rows. */
  private static void deliver(
      Microbatch batch, float[] numbers, BiConsumer<Integer, PerToken> sink) {
    int from = 0;
    for (int b = 0; b < batch.rows().size(); b++) {
      float[] row = new float[batch.sequences().rows().get(b).response().length()];
      System.arraycopy(numbers, from, row, 0, row.length);
      sink.accept(batch.rows().get(b), PerToken.of(row));
      from += row.length;
    }
  }

  private static float[] joined(Microbatch batch, Map<Integer, PerToken> rows) {
    float[] numbers = new float[tokens(batch)];
    int from = 0;
    for (int row : batch.rows()) {
      PerToken own = Objects.requireNonNull(rows.get(row));
      own.copyTo(numbers, from);
      from += own.length();
    }
    return numbers;
  }
}
