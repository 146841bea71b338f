package dev.kelpie.wire.http;

import dev.kelpie.wire.file.ChunkList;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * Opens connections to {@link BulkServer}s, with token and certificates. A connection whose answer
 * was read to its end is kept, and used again for the next request to the same server.
 */
public final class BulkConnections {
  private static final int LARGEST_LIST = 64 << 20;

  private final BulkClient.Options options;
  private final Optional<SSLSocketFactory> sockets;

  /** Connections with these timeouts, token and certificates. */
  public BulkConnections(BulkClient.Options options) {
    this.options = options;
    // Connections are kept by their factory; so there is one.
    this.sockets = options.tls().map(tls -> tls.context().getSocketFactory());
  }

  /**
   * A request that is still to be sent.
   *
   * @throws IOException when {@code url} is no address of a server
   */
  public HttpURLConnection open(String url) throws IOException {
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
    if (connection instanceof HttpsURLConnection https && sockets.isPresent()) {
      https.setSSLSocketFactory(sockets.get());
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

  /**
   * The chunks of the file at {@code url}.
   *
   * @param chunksSha256 hash that their list must have
   * @throws IOException in one line
   */
  public ChunkList chunks(String url, String chunksSha256) throws IOException {
    HttpURLConnection connection = open(url + SharedFiles.LIST);
    requireStatus(connection, HttpURLConnection.HTTP_OK);
    try (InputStream body = connection.getInputStream()) {
      return ChunkList.parse(body.readNBytes(LARGEST_LIST), chunksSha256);
    }
  }

  /**
   * Sends a request for bytes of a file and reads them.
   *
   * @param request opened, and not sent
   * @param from the first byte
   * @param target takes {@code count} bytes from its start on
   * @throws FileNotFoundException when the server does not have them
   * @throws IOException in one line
   */
  public static void read(HttpURLConnection request, long from, int count, byte[] target)
      throws IOException {
    request.setRequestProperty("Range", "bytes=" + from + "-" + (from + count - 1));
    requireStatus(request, HttpURLConnection.HTTP_PARTIAL);
    String range = request.getHeaderField("Content-Range");
    if (range == null || !range.startsWith("bytes " + from + "-")) {
      throw new IOException("Content-Range " + range + " (expected: from " + from + ")");
    }
    try (InputStream body = request.getInputStream()) {
      int read = body.readNBytes(target, 0, count);
      if (read < count) {
        throw new IOException("ended after " + read + " bytes (expected: " + count + ")");
      }
      if (body.read() >= 0) {
        throw new IOException("more than the expected " + count + " bytes");
      }
    }
  }

  private static void requireStatus(HttpURLConnection connection, int expected) throws IOException {
    int status = connection.getResponseCode();
    if (status == HttpURLConnection.HTTP_NOT_FOUND) {
      drain(connection);
      throw new FileNotFoundException("HTTP 404");
    } else if (status != expected) {
      drain(connection);
      throw new IOException("HTTP " + status);
    }
  }

  /** Reads the words of a refusal, so that the connection can be used again. */
  private static void drain(HttpURLConnection connection) throws IOException {
    try (InputStream words = connection.getErrorStream()) {
      if (words != null) {
        words.readNBytes(1 << 16);
      }
    }
  }
}
