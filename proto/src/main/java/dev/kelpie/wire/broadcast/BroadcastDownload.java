package dev.kelpie.wire.broadcast;

import dev.kelpie.wire.broadcast.BlockPlan.Block;
import dev.kelpie.wire.http.BulkConnection;
import dev.kelpie.wire.http.BulkConnections;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Downloads one file from all who hold parts of it, with one connection to each and two to the
 * source; {@link BlockPlan} decides what is asked of whom. Holders may be added while it runs.
 */
final class BroadcastDownload {
  private static final Logger LOG = LoggerFactory.getLogger(BroadcastDownload.class);

  /** Connections to the source: one of them waits while the other's block is checked. */
  private static final int SOURCE_LANES = 2;

  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final int MOST_TOLD = 8;

  private final BulkConnections connections;
  private final HeldFile file;
  private final BlockPlan plan;
  private final Runnable progress;
  private final Duration hopeless;
  private final Map<String, Integer> lanesOf = new LinkedHashMap<>();
  private final List<Lane> lanes = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private @Nullable IOException broken;
  private boolean closed;
  private long lastNews = System.nanoTime();

  /**
   * @param source address of the whole file
   * @param progress called after each block, and now and then
   * @param hopeless longest wait while no holder has anything that is missing
   */
  BroadcastDownload(
      BulkConnections connections,
      HeldFile file,
      String source,
      long seed,
      Runnable progress,
      Duration hopeless) {
    this.connections = connections;
    this.file = file;
    this.progress = progress;
    this.hopeless = hopeless;
    this.plan = new BlockPlan(file.chunks(), BlockPlan.BLOCK_BYTES, seed, System.nanoTime());
    plan.blocks().stream().filter(file::holds).forEach(plan::had);
    plan.source(source);
    lanesOf.put(source, SOURCE_LANES);
  }

  /** Takes word of other holders. */
  synchronized void heard(Holders holders) {
    plan.place(holders.index(), holders.count());
    for (Holders.Holder holder : holders.holders()) {
      plan.holder(holder.url(), holder.held());
      lanesOf.putIfAbsent(holder.url(), 1);
    }
    lastNews = System.nanoTime();
    startLanes();
    notifyAll();
  }

  /**
   * Downloads what is missing; blocks.
   *
   * @throws IOException in one line with every holder's failure, when nobody gives the rest
   */
  synchronized void run() throws IOException, InterruptedException {
    try {
      startLanes();
      while (!plan.done()) {
        if (broken != null) {
          throw broken;
        }
        boolean late = System.nanoTime() - lastNews > hopeless.toNanos();
        if (late && !plan.hopeful()) {
          throw new IOException("no holder gave it: " + String.join("; ", failures));
        }
        wait(LOOK_AGAIN.toMillis());
        progress.run();
        startLanes();
      }
    } finally {
      closed = true;
      lanes.forEach(Lane::cancel);
      notifyAll();
    }
    file.complete();
  }

  private void startLanes() {
    lanes.removeIf(lane -> lane.ended);
    lanesOf.forEach(
        (url, wanted) -> {
          long there = lanes.stream().filter(lane -> lane.url.equals(url)).count();
          for (long i = there; i < wanted && !closed && !plan.done() && !plan.left(url); i++) {
            Lane lane = new Lane(url);
            lanes.add(lane);
            lane.start();
          }
        });
  }

  /** A connection to a holder, and the thread that uses it. */
  private final class Lane extends Thread {
    private final String url;
    private @Nullable BulkConnection connection;
    private boolean ended;
    private boolean cancelled;
    private byte[] buffer = new byte[0];

    Lane(String url) {
      super("kelpie-broadcast");
      this.url = url;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        for (Optional<Block> block = next(); block.isPresent(); block = next()) {
          fetch(block.get());
        }
      } catch (InterruptedException e) {
        // the download is over
      } catch (RuntimeException e) {
        LOG.error("download of {} failed", file.path(), e);
        fail(new IOException(String.valueOf(e.getMessage()), e));
      }
      synchronized (BroadcastDownload.this) {
        ended = true;
        close();
      }
    }

    /** Waits for a block that this holder can be asked for; empty when there will be none. */
    private Optional<Block> next() throws InterruptedException {
      synchronized (BroadcastDownload.this) {
        while (!closed && !plan.left(url) && broken == null) {
          Optional<Block> block = plan.next(url, this, System.nanoTime());
          if (block.isPresent()) {
            cancelled = false;
            return block;
          }
          BroadcastDownload.this.wait(LOOK_AGAIN.toMillis());
        }
        return Optional.empty();
      }
    }

    private void fetch(Block block) throws InterruptedException {
      buffer = buffer.length < block.bytes() ? new byte[block.bytes()] : buffer;
      try {
        connected().read(block.from(), block.bytes(), buffer);
        take(block);
      } catch (FileNotFoundException e) {
        synchronized (BroadcastDownload.this) {
          plan.absent(url, this, block);
          note(e);
        }
      } catch (IOException e) {
        failed(block, e);
      }
    }

    private BulkConnection connected() throws IOException {
      BulkConnection before;
      synchronized (BroadcastDownload.this) {
        before = connection;
      }
      if (before != null && before.isOpen()) {
        return before;
      }
      BulkConnection opened = connections.connect(url);
      synchronized (BroadcastDownload.this) {
        connection = opened;
        if (closed) {
          opened.close();
        }
        return opened;
      }
    }

    private void take(Block block) throws InterruptedException {
      boolean right;
      try {
        right = file.write(block, buffer);
      } catch (IOException e) {
        fail(e);
        return;
      }
      synchronized (BroadcastDownload.this) {
        if (right) {
          plan.came(url, this, block, System.nanoTime()).forEach(lane -> ((Lane) lane).cancel());
          lastNews = System.nanoTime();
        } else {
          plan.wrong(url, this, block);
          String what = "wrong bytes at " + block.from() + " to " + (block.to() - 1);
          LOG.warn("{}: {}; they are fetched again", url, what);
          note(new IOException(what));
        }
        BroadcastDownload.this.notifyAll();
      }
      if (right) {
        progress.run();
      }
    }

    private void failed(Block block, IOException e) throws InterruptedException {
      synchronized (BroadcastDownload.this) {
        plan.failed(url, this, block);
        if (!cancelled && !closed) {
          note(e);
          BroadcastDownload.this.wait(FIRST_PAUSE.toMillis());
        }
      }
    }

    private void note(IOException e) {
      String line = url + ": " + e.getMessage();
      if (failures.size() < MOST_TOLD && !failures.contains(line)) {
        failures.add(line);
      }
    }

    /** Ends the request that is on its way. */
    private void cancel() {
      cancelled = true;
      close();
    }

    private void close() {
      if (connection != null) {
        connection.close();
      }
    }
  }

  /** Ends the download: {@link #run} throws {@code e}. */
  synchronized void fail(IOException e) {
    broken = e;
    notifyAll();
  }
}
