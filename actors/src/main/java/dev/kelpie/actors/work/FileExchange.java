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
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.http.BearerToken;
import dev.kelpie.wire.http.BulkClient;
import dev.kelpie.wire.http.BulkServer;
import dev.kelpie.wire.tls.NodeTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Serves this process's files to other processes and fetches theirs. */
public final class FileExchange implements AutoCloseable {
  private final BulkServer server;
  private final BulkClient client;
  private final Path cache;
  private @Nullable Numbers lastNumbers;

  private FileExchange(BulkServer server, BulkClient client, Path cache) {
    this.server = server;
    this.client = client;
    this.cache = cache;
  }

  /**
   * Starts the server at the address that {@code cluster} names, with its certificates.
   *
   * @throws UncheckedIOException when the certificates or the address cannot be used
   */
  public static FileExchange start(ClusterOptions cluster, RunFolder folder) {
    BulkServer.Options server =
        BulkServer.Options.DEFAULTS.bind(cluster.host(), cluster.bulkPort());
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
    return new FileExchange(BulkServer.start(server), new BulkClient(client), folder.cache());
  }

  /** Serves a file; returns the ticket with its address. */
  FileTicket offer(FileTicket ticket) {
    return server.offer(ticket);
  }

  /** Stops serving a file. */
  void withdraw(FileTicket ticket) {
    server.withdraw(ticket.sha256());
  }

  /** The file of a ticket on this host. */
  Path fetch(FileTicket ticket) {
    return client.resolve(ticket, cache);
  }

  /** Deletes the downloaded copy of a file, if there is one. */
  void forget(FileTicket ticket) {
    client.forget(ticket, cache);
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
   * Maps published weights. Checks that the file holds the announced version; its hash is trusted
   * on the writer's host and was checked by the download elsewhere. The caller closes the mapping.
   */
  MappedWeights open(PublishedWeights weights) {
    MappedWeights mapped = WeightsArrow.open(fetch(weights.file()), weights.file().sha256());
    boolean same =
        mapped.version().equals(weights.version())
            && mapped.policySha256().equals(weights.policySha256());
    if (!same) {
      mapped.close();
      throw new CorruptFileException(
          String.format(
              Locale.ROOT,
              "%s: holds %s with SHA-256 %s (expected: %s with %s)",
              weights.file().path(),
              mapped.version(),
              mapped.policySha256(),
              weights.version(),
              weights.policySha256()));
    }
    return mapped;
  }

  @Override
  public void close() {
    server.close();
  }
}
