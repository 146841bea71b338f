package dev.kelpie.cli.train;

import dev.kelpie.cli.terminal.TerminalWriter;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.learner.reward.RewardModelListener;
import dev.kelpie.learner.reward.RewardModelRun;
import dev.kelpie.runs.MetricsFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The progress of the training of reward models: a line on the terminal, and {@code metrics.jsonl}
 * in the folder of each model.
 */
final class RewardModelProgress implements RewardModelListener, AutoCloseable {
  private static final int LINE_EVERY = 25;
  private static final String TIME = "timing_s/step";

  private final Path folder;
  private final int ensemble;
  private final boolean resume;
  private final PrintWriter out;
  private final boolean terminal = Boolean.getBoolean("kelpie.terminal");
  private volatile boolean stopped;
  private @Nullable MetricsFile metrics;
  private int member;
  private int firstStep;
  private long began = System.nanoTime();
  private long last = began;

  /**
   * Prints to {@code out}.
   *
   * @param folder of all models
   * @param resume whether the lines of earlier steps are kept
   */
  RewardModelProgress(Path folder, int ensemble, boolean resume, PrintWriter out) {
    this.folder = folder;
    this.ensemble = ensemble;
    this.resume = resume;
    this.out = out;
  }

  /** Asks for a stop before the next update. */
  void stop() {
    stopped = true;
  }

  @Override
  public boolean stops() {
    return stopped;
  }

  @Override
  public void report(int model, int step, int steps, Map<String, Double> numbers) {
    if (model != member) {
      began = member == 0 ? began : last;
      member = model;
      firstStep = step;
      open(RewardModelRun.member(folder, model, ensemble), step - 1);
    }
    long now = System.nanoTime();
    Map<String, Double> values = new LinkedHashMap<>(numbers);
    values.put(TIME, (now - last) / 1e9);
    last = now;
    if (metrics != null) {
      metrics.write(new StepMetrics(step, values));
    }
    boolean ends = step == steps;
    if (terminal || ends || step % LINE_EVERY == 0) {
      print(line(step, steps, numbers, (now - began) / 1e9), ends);
    }
  }

  private void open(Path own, int lastStep) {
    close();
    try {
      Files.createDirectories(own);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    metrics = MetricsFile.open(own.resolve("metrics.jsonl"), resume ? lastStep : -1, kept -> {});
  }

  private String line(int step, int steps, Map<String, Double> numbers, double seconds) {
    double each = seconds / (step - firstStep + 1);
    Duration left = Duration.ofMillis((long) (each * (steps - step) * 1000));
    return String.format(
        Locale.ROOT,
        "%sstep %d/%d  loss %.4f  accuracy %.2f  gradient norm %.3f  learning rate %.2e  %s left",
        ensemble == 1 ? "" : "model " + member + "/" + ensemble + "  ",
        step,
        steps,
        numbers.getOrDefault("reward_model/loss", Double.NaN),
        numbers.getOrDefault("reward_model/accuracy", Double.NaN),
        numbers.getOrDefault("reward_model/grad_norm", Double.NaN),
        numbers.getOrDefault("reward_model/lr", Double.NaN),
        TerminalProgress.words(left));
  }

  private void print(String line, boolean ends) {
    if (terminal) {
      TerminalWriter.rewind(out);
    }
    out.print(terminal && !ends ? line + "    " : line);
    if (!terminal || ends) {
      out.println();
    }
    out.flush();
  }

  @Override
  public void close() {
    if (metrics != null) {
      metrics.close();
      metrics = null;
    }
  }
}
