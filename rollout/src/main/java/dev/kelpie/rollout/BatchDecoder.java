package dev.kelpie.rollout;

import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.DecodeModel;
import dev.kelpie.model.SampledBatch;
import dev.kelpie.model.SampledTokens;
import dev.kelpie.model.StopTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * Decodes one unit of work in one batch: prompts once, then several tokens per script call, and
 * between calls the rows that have ended leave the batch. What it draws depends on the unit and the
 * weights only; not on {@code stepsPerCall}.
 */
final class BatchDecoder {
  private final Start start;
  private final StopTokens stops;
  private final int stepsPerCall;
  private final int firstSample;

  /** Begins a batch of rows. */
  @FunctionalInterface
  interface Start {
    SampledBatch begin(List<TokenIds> prompts, int samples, Sampling sampling, StopTokens stops);
  }

  BatchDecoder(DecodeModel model, StopTokens stops, int stepsPerCall) {
    this(model::begin, stops, stepsPerCall, 0);
  }

  /**
   * @param firstSample number of the first sample of each group; others have random numbers of
   *     their own
   */
  BatchDecoder(Start start, StopTokens stops, int stepsPerCall, int firstSample) {
    this.start = start;
    this.stops = stops;
    this.stepsPerCall = stepsPerCall;
    this.firstSample = firstSample;
  }

  /**
   * The responses to the prompts {@code from} (included) to {@code to} (excluded) of {@code unit},
   * in order of its rows.
   *
   * @param progress gets reports of these rows only
   * @throws CancellationException when the thread is interrupted between two calls
   */
  List<RowRecord> decode(RolloutUnit unit, int from, int to, RolloutEngine.Progress progress) {
    List<RowRecord> all = new ArrayList<>();
    int samples = unit.samplesPerPrompt();
    for (int row = from * samples; row < to * samples; row++) {
      all.add(new RowRecord(row, unit.limit(row)));
    }
    StopTokens ends = unit.sampling().ignoreStop() ? new StopTokens(TokenIds.empty()) : stops;
    try (SampledBatch batch =
        start.begin(
            unit.prompts().subList(from, to).stream().map(Prompt::tokens).toList(),
            samples,
            unit.sampling(),
            stops)) {
      List<RowRecord> open = all;
      SampledTokens drawn = batch.first(uniforms(unit, open, 1));
      while (true) {
        take(drawn, open, ends, progress);
        open = dropEnded(batch, open);
        report(progress, all, open.size());
        if (open.isEmpty()) {
          return all;
        }
        if (Thread.interrupted()) {
          throw new CancellationException("generation was cancelled");
        }
        int steps = steps(open);
        drawn = batch.next(uniforms(unit, open, steps), steps, left(open));
      }
    }
  }

  private static void take(
      SampledTokens drawn, List<RowRecord> open, StopTokens ends, RolloutEngine.Progress progress) {
    for (int column = 0; column < open.size(); column++) {
      RowRecord row = open.get(column);
      int before = row.length();
      row.take(drawn, column, ends);
      progress.drawn(row.row(), row.since(before));
    }
  }

  private static List<RowRecord> dropEnded(SampledBatch batch, List<RowRecord> open) {
    int[] kept = IntStream.range(0, open.size()).filter(i -> !open.get(i).ended()).toArray();
    if (kept.length < open.size() && kept.length > 0) {
      batch.keep(kept);
    }
    return Arrays.stream(kept).mapToObj(open::get).toList();
  }

  private int steps(List<RowRecord> open) {
    int longest = open.stream().mapToInt(RowRecord::left).max().orElseThrow();
    return Math.min(stepsPerCall, longest);
  }

  private static int[] left(List<RowRecord> open) {
    return open.stream().mapToInt(RowRecord::left).toArray();
  }

  /** The numbers that draw the next {@code steps} tokens of every row, [rows, steps]. */
  private float[] uniforms(RolloutUnit unit, List<RowRecord> open, int steps) {
    float[] numbers = new float[open.size() * steps];
    for (int i = 0; i < open.size(); i++) {
      RowRecord row = open.get(i);
      for (int step = 0; step < steps; step++) {
        numbers[i * steps + step] =
            Philox.uniform(unit.seed(), sampleId(unit, row), row.length() + step);
      }
    }
    return numbers;
  }

  private SampleId sampleId(RolloutUnit unit, RowRecord row) {
    int samples = unit.samplesPerPrompt();
    return unit.sampleId(row.row() / samples, firstSample + row.row() % samples);
  }

  private static void report(RolloutEngine.Progress progress, List<RowRecord> all, int open) {
    long tokens = all.stream().mapToLong(RowRecord::length).sum();
    progress.report(all.size() - open, all.size(), tokens);
  }
}
