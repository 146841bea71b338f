package dev.kelpie.wire.broadcast;

import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.ChunkList;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.DiskSpace;
import dev.kelpie.wire.http.BulkClient;
import dev.kelpie.wire.http.BulkConnections;
import dev.kelpie.wire.http.BulkServer;
import dev.kelpie.wire.http.ChunkedSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gets files that are checked chunk by chunk onto this host, from everybody who holds parts of
 * them, and serves to others what is there of them. What is held is announced to a listener, at
 * most ten times a second for each file; whoever knows of other holders says so by {@link #heard}.
 * Safe for several threads.
 */
public final class Broadcast implements AutoCloseable {
  private static final Duration BETWEEN_WORDS = Duration.ofMillis(100);

  private final BulkServer server;
  private final BulkConnections connections;
  private final Duration hopeless;
  private final Map<String, Copy> copies = new LinkedHashMap<>();
  private @Nullable Consumer<Holding> listener;
  private long epoch;

  /** A file on its way to this host, or on it. */
  private static final class Copy {
    final String sha256;
    @Nullable HeldFile file;
    @Nullable BroadcastDownload download;
    final List<Holders> before = new ArrayList<>();
    String url = "";
    boolean complete;
    long lastWord;
    @Nullable Holding said;

    Copy(String sha256) {
      this.sha256 = sha256;
    }

    Holding holding() {
      HeldFile held = file;
      if (held == null) {
        return new Holding(sha256, url, Ranges.NONE, false);
      }
      return new Holding(sha256, url, held.ranges(), !complete);
    }
  }

  /**
   * @param server serves what is there
   * @param client token, certificates and timeouts of downloads
   * @param hopeless longest wait while no holder that is known has anything that is missing
   */
  public Broadcast(BulkServer server, BulkClient.Options client, Duration hopeless) {
    this.server = server;
    this.connections = new BulkConnections(client);
    this.hopeless = hopeless;
  }

  /** Sends what this process holds, now and from now on, to a listener, in place of one before. */
  public synchronized void announceTo(Consumer<Holding> takes) {
    listener = takes;
    copies.values().forEach(copy -> announce(copy, true));
  }

  /**
   * Announces nothing any more, and ends the downloads under way: without the listener nobody tells
   * of other holders, and their source may be gone for good. No other begins before there is a
   * listener again. Nothing happens once another listener has taken its place.
   */
  public synchronized void forgetListener(Consumer<Holding> takes) {
    if (listener != takes) {
      return;
    }
    listener = null;
    epoch++;
    for (Copy copy : copies.values()) {
      BroadcastDownload download = copy.download;
      if (download != null) {
        download.fail(abandoned());
      }
    }
  }

  private static IOException abandoned() {
    return new IOException("abandoned, because the coordinator that announced it is gone");
  }

  /** Takes word of who holds parts of a file; of no interest where it is not being downloaded. */
  public void heard(Holders word) {
    // The token goes to nobody whose connection is less safe than those of this process.
    String scheme = server.baseUrl().replaceFirst(":.*", "://");
    Holders holders =
        new Holders(
            word.chunksSha256(),
            word.index(),
            word.count(),
            word.holders().stream().filter(one -> one.url().startsWith(scheme)).toList());
    BroadcastDownload download;
    synchronized (this) {
      Copy copy = copies.get(holders.chunksSha256());
      if (copy == null) {
        return;
      }
      download = copy.download;
      if (download == null) {
        copy.before.add(holders);
      }
    }
    if (download != null) {
      download.heard(holders);
    }
  }

  /**
   * The file of {@code ticket} at {@code target}; blocks until all of it is there and right. A file
   * that is there already is checked once.
   *
   * @throws UncheckedIOException in one line with every holder's failure
   */
  public Path fetch(ChunkedTicket ticket, Path target) {
    Copy copy;
    long begun;
    synchronized (this) {
      if (listener == null && epoch > 0) {
        throw new UncheckedIOException(abandoned()); // by work of the coordinator that is gone
      }
      copy = copies.computeIfAbsent(ticket.chunksSha256(), Copy::new);
      begun = epoch;
    }
    synchronized (copy) {
      if (copy.complete && Files.isRegularFile(target)) {
        return target;
      }
      try {
        fetch(copy, ticket, target, begun);
        return target;
      } catch (IOException e) {
        throw new UncheckedIOException("cannot download " + target + ": " + e.getMessage(), e);
      } catch (InterruptedException e) {
        throw new UncheckedIOException(new IOException("interrupted: download of " + target, e));
      }
    }
  }

  private void fetch(Copy copy, ChunkedTicket ticket, Path target, long begun)
      throws IOException, InterruptedException {
    ChunkList list = connections.chunks(ticket.url(), ticket.chunksSha256());
    DiskSpace.require(AtomicFile.folderOf(target.toAbsolutePath()), list.bytes(), "weights");
    try (HeldFile file = HeldFile.open(target, list)) {
      BroadcastDownload download =
          new BroadcastDownload(
              connections,
              file,
              ticket.url(),
              server.baseUrl().hashCode(),
              () -> progressed(copy),
              hopeless);
      List<Holders> before;
      synchronized (this) {
        if (begun != epoch) {
          throw abandoned();
        }
        copy.file = file;
        copy.url = server.offer(copy.sha256, file);
        copy.download = download;
        before = List.copyOf(copy.before);
        copy.before.clear();
        announce(copy, true);
      }
      before.forEach(download::heard);
      download.run();
      synchronized (this) {
        copy.complete = true;
      }
    } finally {
      synchronized (this) {
        copy.download = null;
        if (!copy.complete) {
          withdraw(copy);
        } else {
          announce(copy, true);
        }
      }
    }
  }

  private synchronized void progressed(Copy copy) {
    announce(copy, false);
  }

  private void announce(Copy copy, boolean atOnce) {
    Consumer<Holding> takes = listener;
    long now = System.nanoTime();
    boolean due = atOnce || now - copy.lastWord > BETWEEN_WORDS.toNanos();
    if (takes == null || copy.url.isEmpty() || !due) {
      return;
    }
    Holding holding = copy.holding();
    if (atOnce || !holding.equals(copy.said)) {
      copy.said = holding;
      copy.lastWord = now;
      takes.accept(holding);
    }
  }

  /** Serves a whole file of this process; returns its address. */
  public String offer(String chunksSha256, Path path, ChunkList chunks) {
    return server.offer(chunksSha256, ChunkedSource.whole(path, chunks));
  }

  /** Stops serving a file of this process. */
  public void withdraw(String chunksSha256) {
    server.withdrawChunked(chunksSha256);
  }

  private void withdraw(Copy copy) {
    server.withdrawChunked(copy.sha256);
    copy.file = null;
    copies.remove(copy.sha256);
    announce(copy, true);
  }

  /** Deletes the downloaded copy of a file, if there is one, and serves it no longer. */
  public void forget(ChunkedTicket ticket, Path target) {
    synchronized (this) {
      Copy copy = copies.get(ticket.chunksSha256());
      if (copy != null && copy.download == null) {
        withdraw(copy);
      }
    }
    try {
      Files.deleteIfExists(target);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + target + ": " + e.getMessage(), e);
    }
  }

  /** Ends all downloads. */
  @Override
  public void close() {
    connections.close();
  }
}
