package dev.kelpie.cli.pack;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Says every few seconds how much of something large is written, and nothing of what is quick. */
public final class CopyLine implements LongConsumer {
  private static final Duration EVERY = Duration.ofSeconds(3);
  private static final double MEGABYTE = 1e6;

  private final String what;
  private final long total;
  private final Consumer<String> out;
  private long due = System.nanoTime() + EVERY.toNanos();

  /** {@code what} is written, {@code total} bytes of it. */
  public CopyLine(String what, long total, Consumer<String> out) {
    this.what = what;
    this.total = total;
    this.out = out;
  }

  @Override
  public void accept(long bytes) {
    long now = System.nanoTime();
    if (now - due >= 0) {
      due = now + EVERY.toNanos();
      out.accept(
          String.format(
              Locale.ROOT, "%s: %.0f of %.0f MB", what, bytes / MEGABYTE, total / MEGABYTE));
    }
  }
}
