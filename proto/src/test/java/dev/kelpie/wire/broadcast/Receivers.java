package dev.kelpie.wire.broadcast;

import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.http.BulkClient;
import dev.kelpie.wire.http.BulkServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Processes that download a file, and what passes their announcements on, as a run does. */
final class Receivers implements AutoCloseable {
  private final List<Receiver> all = new ArrayList<>();
  private final ExecutorService messages = Executors.newSingleThreadExecutor();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** A process with its server. */
  final class Receiver {
    final BulkServer server;
    final Broadcast broadcast;
    final List<Holding> announced = new CopyOnWriteArrayList<>();
    private final Path folder;
    private final Consumer<Holding> listener;

    Receiver(BulkServer.Options server, BulkClient.Options client, Path folder) {
      this.server = BulkServer.start(server);
      this.broadcast = new Broadcast(this.server, client, Duration.ofMillis(700));
      this.folder = folder;
      this.listener = holding -> messages.execute(() -> passOn(this, holding));
      join();
    }

    void join() {
      broadcast.announceTo(listener);
    }

    void leave() {
      broadcast.forgetListener(listener);
    }

    Path target(ChunkedTicket ticket) {
      return folder.resolve(ticket.chunksSha256() + ".arrow");
    }

    Future<Path> fetch(ChunkedTicket ticket) {
      return threads.submit(() -> broadcast.fetch(ticket, target(ticket)));
    }
  }

  Receiver add(Path folder) {
    return add(BulkServer.Options.DEFAULTS, BulkClient.Options.DEFAULTS, folder);
  }

  Receiver add(BulkServer.Options server, BulkClient.Options client, Path folder) {
    Receiver receiver = new Receiver(server, client, folder);
    all.add(receiver);
    return receiver;
  }

  private void passOn(Receiver from, Holding holding) {
    from.announced.add(holding);
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i) != from) {
        all.get(i).broadcast.heard(word(i, holding.chunksSha256(), holding.url(), holding.held()));
      }
    }
  }

  /** Tells receiver {@code index} of a holder. */
  Holders word(int index, String chunksSha256, String url, Ranges held) {
    return new Holders(chunksSha256, index, all.size(), List.of(new Holders.Holder(url, held)));
  }

  @Override
  public void close() {
    messages.shutdownNow();
    threads.shutdownNow();
    for (Receiver receiver : all) {
      receiver.broadcast.close();
      receiver.server.close();
    }
  }
}
