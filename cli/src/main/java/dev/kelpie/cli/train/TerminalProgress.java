package dev.kelpie.cli.train;

import dev.kelpie.cli.terminal.TerminalWriter;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Prints the progress of a run: one line updated in place on a terminal, else one per step. */
final class TerminalProgress {
  private static final int LINE_WIDTH = 100;

  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier nanoClock;
  private long resumedFrom = -1;
  private long firstStep = -1;
  private long firstStepNanos;
  private long printedStep;
  private final Instant begun = Instant.now();
  private RunView.@Nullable RunEvent printedEvent;
  private String printedPhase = "";
  private boolean lineOpen;

  TerminalProgress(PrintWriter out, boolean terminal, LongSupplier nanoClock) {
    this.out = out;
    this.terminal = terminal;
    this.nanoClock = nanoClock;
  }

  /** Prints what is new since the last call. */
  void update(RunView view) {
    printNewEvents(view.events());
    RunView.Progress progress = view.progress();
    if (resumedFrom < 0) {
      resumedFrom = progress.step();
      printedStep = resumedFrom; // an earlier process printed them
    }
    List<StepMetrics> fresh = view.metrics(printedStep + 1);
    for (StepMetrics step : fresh) {
      // The time left counts from the resume: steps of an earlier process say nothing about this
      // one.
      if (firstStep < 0 && step.step() > resumedFrom) {
        firstStep = step.step();
        firstStepNanos = nanoClock.getAsLong();
      }
      printedStep = step.step();
      if (!terminal) {
        out.println(line(step, progress.steps()));
      }
    }
    if (terminal && !fresh.isEmpty()) {
      rewrite(line(fresh.get(fresh.size() - 1), progress.steps()));
    }
    if (!progress.phase().word().equals(printedPhase)) {
      printedPhase = progress.phase().word();
      if (terminal) {
        if (fresh.isEmpty()) {
          rewrite(printedPhase + " ...");
        }
      } else {
        out.println(printedPhase);
      }
    }
    out.flush();
  }

  /** Ends the updated line, so that further output starts on a new one. */
  void finish() {
    if (lineOpen) {
      out.println();
      lineOpen = false;
    }
    out.flush();
  }

  /** Events of an earlier process were printed by it. */
  private void printNewEvents(List<RunView.RunEvent> events) {
    int next = printedEvent == null ? 0 : events.lastIndexOf(printedEvent) + 1;
    for (RunView.RunEvent event : events.subList(next, events.size())) {
      printedEvent = event;
      if (event.level() != RunView.RunEvent.Level.INFO && !event.time().isBefore(begun)) {
        finish();
        String level = event.level().name().toLowerCase(Locale.ROOT);
        out.println(level + ": " + event.source() + ": " + event.text());
      }
    }
  }

  private void rewrite(String line) {
    String shown = line.length() > LINE_WIDTH ? line.substring(0, LINE_WIDTH) : line;
    TerminalWriter.rewind(out);
    out.print(shown + " ".repeat(LINE_WIDTH - shown.length()));
    lineOpen = true;
  }

  private String line(StepMetrics step, long steps) {
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "step %d/%d", step.step(), steps));
    append(line, "iteration %.0f", step.get("iteration/number"));
    append(line, "reward %.3f", step.get("reward/mean"));
    append(line, "kl %.4f", klOf(step));
    append(line, "length %.1f", step.get("response_length/mean"));
    append(line, "%.0f wait for people", step.get("people/waiting"));
    append(line, "%.0f tokens/s", step.get("throughput/tokens_per_s"));
    append(line, "%.2f s/step", step.get("timing_s/step"));
    long done = step.step() - firstStep;
    if (firstStep >= 0 && done > 0) {
      double each = (nanoClock.getAsLong() - firstStepNanos) / 1e9 / done;
      line.append("  ")
          .append(words(Duration.ofMillis((long) (each * (steps - step.step()) * 1000))));
      line.append(" left");
    }
    return line.toString();
  }

  private static double klOf(StepMetrics step) {
    double reference = step.get("kl/ref_k3");
    return Double.isNaN(reference) ? step.get("policy/approx_kl") : reference;
  }

  private static void append(StringBuilder line, String format, double value) {
    if (!Double.isNaN(value)) {
      line.append("  ").append(String.format(Locale.ROOT, format, value));
    }
  }

  /** Formats a duration: 45 s, 3 min 20 s, 2 h 5 min. */
  static String words(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
  }
}
