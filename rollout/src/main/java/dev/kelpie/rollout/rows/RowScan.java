package dev.kelpie.rollout.rows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Checks blocks of lines on several threads and hands over the results in the order of the file. At
 * most two blocks for each thread, and an eighth of the heap, are under way.
 *
 * @param <T> what is kept of a row
 */
final class RowScan<T> implements AutoCloseable {
  private static final int MOST_THREADS = 8;

  private final Path file;
  private final RowParser parser;
  private final Optional<FileChannel> spool;
  private final RowFile.Check<T> check;
  private final RowFile.Sink<T> sink;
  private final int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
  private final Deque<Pending<T>> pending = new ArrayDeque<>();
  private long pendingBytes;
  private long spooled;
  private volatile boolean closed;
  private @Nullable ExecutorService pool;

  private record Pending<T>(Lines block, FutureTask<Rows<T>> rows) {}

  /** The rows of a block up to one that is wrong. */
  private record Rows<T>(List<Checked<T>> checked, Optional<RuntimeException> wrong) {}

  /** A row after its check; of a packed file with the bytes that are kept. */
  @SuppressWarnings("ArrayRecordComponent") // made and taken here
  private record Checked<T>(RowPlace place, T result, byte[] kept) {}

  RowScan(
      Path file,
      RowParser parser,
      Optional<FileChannel> spool,
      RowFile.Check<T> check,
      RowFile.Sink<T> sink) {
    this.file = file;
    this.parser = parser;
    this.spool = spool;
    this.check = check;
    this.sink = sink;
  }

  /** The CRC-32C of these bytes. */
  static int check(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  /**
   * Takes the next block.
   *
   * @param last whether it is the last one
   * @return a block that is done with, if there is one
   */
  Optional<Lines> add(Lines block, boolean last) {
    FutureTask<Rows<T>> rows = new FutureTask<>(work(block));
    pending.add(new Pending<>(block, rows));
    pendingBytes += block.bytes().length;
    if (last && pool == null) {
      rows.run(); // a small file
    } else {
      pool().execute(rows);
    }
    long most = Runtime.getRuntime().maxMemory() / 8;
    Optional<Lines> done = Optional.empty();
    while (pending.size() > 1 && (pending.size() > 2 * threads || pendingBytes > most)) {
      done = Optional.of(collect());
    }
    return done;
  }

  /** Hands over everything that is still under way. */
  void finish() {
    while (!pending.isEmpty()) {
      collect();
    }
  }

  private ExecutorService pool() {
    ExecutorService running = pool;
    if (running == null) {
      running =
          Executors.newFixedThreadPool(
              threads,
              work -> {
                Thread thread = new Thread(work, "kelpie-rows");
                thread.setDaemon(true);
                return thread;
              });
      pool = running;
    }
    return running;
  }

  private Callable<Rows<T>> work(Lines block) {
    return () -> {
      List<Checked<T>> rows = new ArrayList<>();
      try {
        block.each((line, from, length) -> rows.add(check(block, line, from, length)));
      } catch (RuntimeException e) {
        return new Rows<>(rows, Optional.of(e));
      }
      return new Rows<>(rows, Optional.empty());
    };
  }

  private Checked<T> check(Lines block, int line, int from, int length) {
    if (closed) {
      throw new CancellationException();
    }
    T result = check.check(parser.parse(line, block.bytes(), from, length));
    if (spool.isEmpty()) {
      int crc = check(block.bytes(), from, length);
      RowPlace place = new RowPlace(block.offset() + from, length, line, crc);
      return new Checked<>(place, result, new byte[0]);
    }
    byte[] kept = parser.reduce(line, block.bytes(), from, length);
    RowPlace place = new RowPlace(0, kept.length, line, check(kept, 0, kept.length));
    return new Checked<>(place, result, kept);
  }

  private Lines collect() {
    Pending<T> first = pending.remove();
    pendingBytes -= first.block().bytes().length;
    Rows<T> rows = await(first.rows());
    long at = spool.map(to -> append(rows.checked(), to)).orElse(0L);
    for (Checked<T> row : rows.checked()) {
      RowPlace place = row.place();
      if (spool.isPresent()) {
        place = new RowPlace(at, place.length(), place.line(), place.check());
        at += place.length();
      }
      sink.accept(place, row.result());
    }
    rows.wrong()
        .ifPresent(
            wrong -> {
              throw wrong;
            });
    return first.block();
  }

  private Rows<T> await(FutureTask<Rows<T>> rows) {
    try {
      return rows.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(file + ": interrupted while it was read", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Where the first of {@code rows} lies in the copy, the others behind it. */
  private long append(List<Checked<T>> rows, FileChannel to) {
    long first = spooled;
    ByteBuffer bytes = ByteBuffer.allocate(rows.stream().mapToInt(row -> row.kept().length).sum());
    rows.forEach(row -> bytes.put(row.kept()));
    bytes.flip();
    try {
      while (bytes.hasRemaining()) {
        spooled += to.write(bytes, spooled);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot keep its rows in "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + e.getMessage()
              + " (expected: room; -J-Djava.io.tmpdir=FOLDER names another folder)",
          e);
    }
    return first;
  }

  /** Waits until no check is under way, so that what the checks use may be closed. */
  @Override
  public void close() {
    closed = true;
    ExecutorService running = pool;
    if (running == null) {
      return;
    }
    running.shutdownNow();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = running.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
