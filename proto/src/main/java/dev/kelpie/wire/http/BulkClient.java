package dev.kelpie.wire.http;

import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.DiskSpace;
import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.tls.NodeTls;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import javax.net.ssl.HttpsURLConnection;

/**
 * Makes the file of a ticket available on this host: opens it in place, or downloads it from a
 * holder. A file appears under its name only when it has the ticket's hash.
 *
 * <p>Works on the caller's thread. It uses {@link HttpURLConnection} because that has a timeout for
 * each read: a holder that stalls in the middle of a body is left after it.
 */
public final class BulkClient {
  private static final int STRIPES = 16;
  private static final int MAX_RESTARTS = 1;

  private final Options options;
  private final List<Object> stripes =
      IntStream.range(0, STRIPES).mapToObj(i -> new Object()).toList();

  /** A client with {@code options}. */
  public BulkClient(Options options) {
    this.options = options;
  }

  /**
   * How to download.
   *
   * @param token token that servers require
   * @param tls the certificate to show, and whom to trust; the JDK's authorities when empty
   * @param connectTimeout longest wait for a connection
   * @param readTimeout longest wait for the next bytes
   */
  public record Options(
      Optional<BearerToken> token,
      Optional<NodeTls> tls,
      Duration connectTimeout,
      Duration readTimeout) {
    /** No token; 5 s to connect, 30 s without a byte. */
    public static final Options DEFAULTS =
        new Options(
            Optional.empty(), Optional.empty(), Duration.ofSeconds(5), Duration.ofSeconds(30));

    /** The same settings with a token. */
    public Options withToken(BearerToken present) {
      return new Options(Optional.of(present), tls, connectTimeout, readTimeout);
    }

    /** The same settings with TLS. */
    public Options withTls(NodeTls present) {
      return new Options(token, Optional.of(present), connectTimeout, readTimeout);
    }

    /** The same settings with another timeout of reads. */
    public Options withReadTimeout(Duration timeout) {
      return new Options(token, tls, connectTimeout, timeout);
    }
  }

  /** Receives the progress of a download. */
  @FunctionalInterface
  public interface Progress {
    /** Reports that {@code bytes} of {@code total} bytes have arrived. */
    void received(long bytes, long total);
  }

  /**
   * The file of {@code ticket} on this host. A file at the ticket's path with the ticket's length
   * is taken as it is when the ticket is of this host, and hashed first when it is of another;
   * otherwise the file is downloaded to {@code cacheFolder/SHA256.arrow}, once.
   *
   * @throws UncheckedIOException in one line: it is not there and not served, or every holder's
   *     failure
   */
  public Path resolve(FileTicket ticket, Path cacheFolder) {
    Path path = Path.of(ticket.path());
    if (hasLength(path, ticket.bytes())
        && (isThisHost(ticket.url()) || Sha256.of(path).equals(ticket.sha256()))) {
      return path;
    }
    if (ticket.url().isEmpty()) {
      String message =
          String.format(
              Locale.ROOT,
              "%s (expected: %s bytes on this host; it is not served)",
              path,
              ticket.bytes());
      throw new UncheckedIOException(message, new FileNotFoundException(message));
    }
    Path target = cached(ticket, cacheFolder);
    return download(
        List.of(ticket.url()), ticket.bytes(), ticket.sha256(), target, (bytes, total) -> {});
  }

  /** Deletes the downloaded copy of a file, if there is one; never the file at its own path. */
  public void forget(FileTicket ticket, Path cacheFolder) {
    Path target = cached(ticket, cacheFolder);
    try {
      Files.deleteIfExists(target);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + target + ": " + e.getMessage(), e);
    }
  }

  private static Path cached(FileTicket ticket, Path cacheFolder) {
    return cacheFolder.resolve(ticket.sha256() + ".arrow");
  }

  /**
   * Downloads a file to {@code target}, continuing where an earlier attempt stopped. Holders are
   * tried in turn; one whose connection broke after some bytes is tried again.
   *
   * @throws UncheckedIOException in one line with every holder's failure
   */
  public Path download(
      List<String> urls, long bytes, String sha256, Path target, Progress progress) {
    Sha256.requireHex(sha256);
    Path absolute = target.toAbsolutePath().normalize();
    synchronized (stripes.get(Math.floorMod(absolute.hashCode(), STRIPES))) {
      if (hasLength(absolute, bytes)) {
        return absolute;
      }
      DiskSpace.require(AtomicFile.folderOf(absolute), bytes, "download of " + sha256);
      try (PartialDownload part = PartialDownload.open(absolute)) {
        // Another process may have finished between the look above and the part's lock.
        if (hasLength(absolute, bytes)) {
          part.discard();
          return absolute;
        }
        return fetch(new Wanted(urls, bytes, sha256, absolute, progress), part);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot download " + absolute + ": " + e.getMessage(), e);
      }
    }
  }

  private record Wanted(
      List<String> urls, long bytes, String sha256, Path target, Progress progress) {}

  private Path fetch(Wanted wanted, PartialDownload part) throws IOException {
    Deque<String> holders = new ArrayDeque<>(wanted.urls());
    List<String> failures = new ArrayList<>();
    int restarts = 0;
    while (!holders.isEmpty()) {
      String url = holders.removeFirst();
      if (part.bytes() > wanted.bytes()) {
        part.restart();
      }
      long before = part.bytes();
      try {
        request(url, wanted, part);
        String found = part.finishHash();
        if (found.equals(wanted.sha256())) {
          part.commit();
          return wanted.target();
        }
        part.restart();
        failures.add(url + ": SHA-256 " + found + " (expected: " + wanted.sha256() + ")");
        if (before > 0 && restarts++ < MAX_RESTARTS) {
          holders.addFirst(url); // The wrong bytes may have been there before.
        }
      } catch (IOException e) {
        failures.add(url + ": " + e.getMessage());
        if (part.bytes() > before) {
          holders.addLast(url);
        }
      }
    }
    throw new IOException("no holder gave it: " + String.join("; ", failures));
  }

  private void request(String url, Wanted wanted, PartialDownload part) throws IOException {
    if (part.bytes() == wanted.bytes() && wanted.bytes() > 0) {
      return;
    }
    HttpURLConnection connection = open(url);
    try {
      if (part.bytes() > 0) {
        connection.setRequestProperty("Range", "bytes=" + part.bytes() + "-");
      }
      int status = connection.getResponseCode();
      if (status == HttpURLConnection.HTTP_OK) {
        part.restart();
      } else if (status != HttpURLConnection.HTTP_PARTIAL || !startsAt(connection, part.bytes())) {
        throw new IOException("HTTP " + status);
      }
      LongConsumer report = arrived -> wanted.progress().received(arrived, wanted.bytes());
      try (InputStream body = connection.getInputStream()) {
        part.append(body, wanted.bytes(), report);
      }
    } finally {
      connection.disconnect();
    }
    if (part.bytes() != wanted.bytes()) {
      throw new IOException(
          "ended after " + part.bytes() + " bytes (expected: " + wanted.bytes() + ")");
    }
  }

  private HttpURLConnection open(String url) throws IOException {
    URL address;
    try {
      address = URI.create(url).toURL();
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + url + "' is not an address", e);
    }
    // A proxy set for the world outside must not see traffic within the cluster.
    if (!(address.openConnection(Proxy.NO_PROXY) instanceof HttpURLConnection connection)) {
      throw new IOException("not an http address");
    }
    if (connection instanceof HttpsURLConnection https && options.tls().isPresent()) {
      https.setSSLSocketFactory(options.tls().get().context().getSocketFactory());
    }
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout((int) options.connectTimeout().toMillis());
    connection.setReadTimeout((int) options.readTimeout().toMillis());
    options
        .token()
        .ifPresent(token -> connection.setRequestProperty("Authorization", token.header()));
    return connection;
  }

  private static boolean startsAt(HttpURLConnection connection, long offset) {
    String range = connection.getHeaderField("Content-Range");
    return range != null && range.startsWith("bytes " + offset + "-");
  }

  private static boolean hasLength(Path path, long bytes) {
    try {
      return Files.isRegularFile(path) && Files.size(path) == bytes;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the server at {@code url} runs on this host; so does one that has no address. */
  public static boolean isThisHost(String url) {
    if (url.isEmpty()) {
      return true;
    }
    try {
      InetAddress address = InetAddress.getByName(URI.create(url).getHost());
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (IOException e) {
      return false;
    }
  }
}
