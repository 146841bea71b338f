package dev.kelpie.actors.work;

import dev.kelpie.actors.tls.HostTls;
import dev.kelpie.config.ClusterOptions;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.wire.arrow.LogprobsArrow;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.arrow.WeightFile;
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.broadcast.Broadcast;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.http.BearerToken;
import dev.kelpie.wire.http.BulkClient;
import dev.kelpie.wire.http.BulkServer;
import dev.kelpie.wire.tls.NodeTls;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Serves this process's files to other processes and fetches theirs. */
public final class FileExchange implements AutoCloseable {
  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final Duration HOPELESS = Duration.ofSeconds(20);

  private final BulkServer server;
  private final BulkClient client;
  private final Path cache;
  private final Broadcast broadcast;
  private @Nullable Numbers lastNumbers;

  private FileExchange(BulkServer server, BulkClient.Options client, Path cache) {
    this.server = server;
    this.client = new BulkClient(client);
    this.cache = cache;
    this.broadcast = new Broadcast(server, client.withReadTimeout(SILENCE), HOPELESS);
  }

  /**
   * Starts the server at the address that {@code cluster} names, with its certificates.
   *
   * @throws UncheckedIOException when the certificates or the address cannot be used
   */
  public static FileExchange start(ClusterOptions cluster, RunFolder folder) {
    BulkServer.Options server =
        BulkServer.Options.DEFAULTS.bind(cluster.host(), cluster.bulkPort()).at(cluster.bound());
    BulkClient.Options client = BulkClient.Options.DEFAULTS;
    if (!cluster.tlsPath().isEmpty()) {
      NodeTls tls = HostTls.open(cluster.tlsPath(), cluster.host());
      try {
        BearerToken token = BearerToken.of(tls.secret());
        server = server.withTls(tls).withToken(token);
        client = client.withTls(tls).withToken(token);
      } catch (IOException e) {
        throw new UncheckedIOException("cluster.tls-path: " + e.getMessage(), e);
      }
    }
    return new FileExchange(BulkServer.start(server), client, folder.cache());
  }

  /** Serves a file; returns the ticket with its address. */
  FileTicket offer(FileTicket ticket) {
    return server.offer(ticket);
  }

  /** Stops serving a file. */
  void withdraw(FileTicket ticket) {
    server.withdraw(ticket.sha256());
  }

  /** Where weights are exchanged among all who load them. */
  public Broadcast broadcast() {
    return broadcast;
  }

  /** Serves published weights; returns the ticket with their address. */
  ChunkedTicket offer(WeightFile file) {
    ChunkedTicket ticket = file.ticket();
    return ticket.at(broadcast.offer(ticket.chunksSha256(), file.path(), file.chunks()));
  }

  /** Stops serving published weights. */
  void withdraw(ChunkedTicket ticket) {
    broadcast.withdraw(ticket.chunksSha256());
  }

  /** The weights of a ticket on this host: the writer's own file there, elsewhere a copy. */
  private Path fetch(ChunkedTicket ticket) {
    Path path = Path.of(ticket.path());
    boolean here = BulkClient.isThisHost(ticket.url());
    if (here && Files.isRegularFile(path)) {
      return path;
    } else if (ticket.url().isEmpty()) {
      throw new UncheckedIOException(
          new FileNotFoundException(path + " (expected: on this host; it is not served)"));
    }
    return broadcast.fetch(ticket, cached(ticket));
  }

  private Path cached(ChunkedTicket ticket) {
    return cache.resolve(ticket.chunksSha256() + ".arrow");
  }

  /** Deletes the downloaded copy of weights, if there is one. */
  void forget(ChunkedTicket ticket) {
    broadcast.forget(ticket, cached(ticket));
  }

  /** The file of a ticket on this host. */
  Path fetch(FileTicket ticket) {
    return client.resolve(ticket, cache);
  }

  /** All trajectories of a unit's file. */
  public List<Trajectory> trajectories(FileTicket ticket) {
    return TrajectoryArrow.read(fetch(ticket));
  }

  /**
   * The log-probabilities of a unit's responses by request and sample; none without a file. The
   * last file is kept, because the groups of a unit are scored one after the other.
   */
  public synchronized Map<String, Map<SampleId, PerToken>> numbers(Optional<FileTicket> ticket) {
    if (ticket.isEmpty()) {
      return Map.of();
    }
    Numbers known = lastNumbers;
    if (known == null || !known.file().equals(ticket.get())) {
      known = new Numbers(ticket.get(), LogprobsArrow.read(fetch(ticket.get())));
      lastNumbers = known;
    }
    return known.byRequest();
  }

  private record Numbers(FileTicket file, Map<String, Map<SampleId, PerToken>> byRequest) {}

  /** The trajectories of rows {@code from} (included) to {@code to} (excluded). */
  public List<Trajectory> trajectories(FileTicket ticket, int from, int to) {
    return TrajectoryArrow.read(fetch(ticket), from, to);
  }

  /**
   * Maps published weights. Checks that the file holds the announced version; its hashes are
   * trusted on the writer's host and were checked by the download elsewhere. The caller closes the
   * mapping.
   */
  MappedWeights open(PublishedWeights weights) {
    MappedWeights mapped = WeightsArrow.open(fetch(weights.file()));
    boolean same =
        mapped.version().equals(weights.version())
            && mapped.sha256().equals(weights.weightsSha256());
    if (!same) {
      mapped.close();
      throw new CorruptFileException(
          String.format(
              Locale.ROOT,
              "%s: holds %s with SHA-256 %s (expected: %s with %s)",
              weights.file().path(),
              mapped.version(),
              mapped.sha256(),
              weights.version(),
              weights.weightsSha256()));
    }
    return mapped;
  }

  @Override
  public void close() {
    broadcast.close();
    server.close();
  }
}
