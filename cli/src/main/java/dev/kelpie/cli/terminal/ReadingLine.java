package dev.kelpie.cli.terminal;

import dev.kelpie.rollout.rows.ReadProgress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * A line such as {@code reading data.jsonl: 3.1 of 10.0 GB} while a large file is read: none for a
 * file that is read within five seconds, then one that is rewritten each second on a terminal, and
 * one every half minute elsewhere.
 */
public final class ReadingLine implements ReadProgress {
  private static final Duration QUIET = Duration.ofSeconds(5);
  private static final Duration ON_TERMINAL = Duration.ofSeconds(1);
  private static final Duration ELSEWHERE = Duration.ofSeconds(30);
  private static final double GIGABYTE = 1e9;

  private final PrintWriter out;
  private final boolean interactive;
  private final LongSupplier nanoTime;
  private Path file = Path.of("");
  private long due;
  private boolean open;

  /** Prints to {@code out}, which is a terminal or not. */
  ReadingLine(PrintWriter out, boolean interactive, LongSupplier nanoTime) {
    this.out = out;
    this.interactive = interactive;
    this.nanoTime = nanoTime;
  }

  /** Prints to {@code out}, as the launch script found it. */
  public static ReadingLine on(PrintWriter out) {
    return new ReadingLine(out, Boolean.getBoolean("kelpie.terminal"), System::nanoTime);
  }

  @Override
  public void report(Path current, long bytes, long total) {
    long now = nanoTime.getAsLong();
    if (!current.equals(file)) {
      file = current;
      due = now + QUIET.toNanos();
    }
    boolean last = bytes >= total;
    if (now - due >= 0 || (last && open)) {
      String line =
          String.format(
              Locale.ROOT,
              "reading %s: %.1f of %.1f GB",
              file.getFileName(),
              bytes / GIGABYTE,
              total / GIGABYTE);
      open = interactive && !last;
      if (interactive) {
        TerminalWriter.rewind(out);
      }
      out.print(line);
      if (!open) {
        out.println();
      }
      out.flush();
      due = now + (interactive ? ON_TERMINAL : ELSEWHERE).toNanos();
    }
  }
}
