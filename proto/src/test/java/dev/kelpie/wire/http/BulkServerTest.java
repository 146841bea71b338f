package dev.kelpie.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BulkServerTest {
  private static final BearerToken TOKEN = BearerToken.of("0123456789abcdef");

  private final Path folder;
  private final byte[] bytes = new byte[100_000];
  private final BulkServer server = BulkServer.start(BulkServer.Options.DEFAULTS);

  BulkServerTest(@TempDir Path folder) {
    this.folder = folder;
    new Random(1).nextBytes(bytes);
  }

  @BeforeEach
  void writeFile() throws IOException {
    Files.createDirectories(folder.resolve("shared/deep"));
    Files.write(folder.resolve("shared/deep/a.arrow"), bytes);
    Files.write(folder.resolve("shared/.hidden"), bytes);
    Files.write(folder.resolve("secret"), bytes);
    Files.createSymbolicLink(folder.resolve("shared/link"), folder.resolve("secret"));
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void servesAWholeFileOfASharedFolder() throws IOException {
    String url = server.share("rollouts", folder.resolve("shared"));
    Answer answer = get("GET", url + "deep/a.arrow", "");
    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.body).isEqualTo(ByteBuffer.wrap(bytes));
  }

  @Test
  void servesARangeAndSaysWhich() throws IOException {
    String url = server.share("rollouts", folder.resolve("shared")) + "deep/a.arrow";
    Answer middle = get("GET", url, "bytes=10-19");
    assertThat(middle.status).isEqualTo(206);
    assertThat(middle.range).isEqualTo("bytes 10-19/100000");
    assertThat(middle.body).isEqualTo(ByteBuffer.wrap(bytes, 10, 10));
    assertThat(get("GET", url, "bytes=99990-").body.remaining()).isEqualTo(10);
    assertThat(get("GET", url, "bytes=-7").body).isEqualTo(ByteBuffer.wrap(bytes, 99_993, 7));
    assertThat(get("GET", url, "bytes=99990-200000").body.remaining()).isEqualTo(10);
    assertThat(get("GET", url, "bytes=5-1").status).isEqualTo(200);
    assertThat(get("GET", url, "bytes=0-1,4-5").status).isEqualTo(200);
    Answer beyond = get("GET", url, "bytes=100000-");
    assertThat(beyond.status).isEqualTo(416);
    assertThat(beyond.range).isEqualTo("bytes */100000");
  }

  @Test
  void headTellsTheLengthWithoutABody() throws IOException {
    String url = server.share("rollouts", folder.resolve("shared")) + "deep/a.arrow";
    Answer answer = get("HEAD", url, "");
    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.length).isEqualTo(100_000);
    assertThat(answer.body.remaining()).isZero();
  }

  @Test
  void servesAnOfferedFileUnderItsHashUntilItIsWithdrawn() throws IOException {
    Path path = folder.resolve("secret");
    FileTicket ticket = server.offer(new FileTicket(path.toString(), "", 100_000, Sha256.of(path)));
    assertThat(ticket.url()).isEqualTo(server.baseUrl() + "/sha256/" + ticket.sha256());
    assertThat(get("GET", ticket.url(), "").body).isEqualTo(ByteBuffer.wrap(bytes));
    server.withdraw(ticket.sha256());
    assertThat(get("GET", ticket.url(), "").status).isEqualTo(404);
  }

  @Test
  void refusesEverythingOutsideTheSharedFolder() throws IOException {
    server.share("rollouts", folder.resolve("shared"));
    for (String path :
        new String[] {
          "/folders/rollouts/../secret",
          "/folders/rollouts/%2e%2e/secret",
          "/folders/rollouts/..%2fsecret",
          "/folders/rollouts/deep/../../secret",
          "/folders/rollouts/%2fetc/passwd",
          "/folders/rollouts//etc/passwd",
          "/folders/rollouts/link",
          "/folders/rollouts/.hidden",
          "/folders/rollouts/deep",
          "/folders/rollouts/",
          "/folders/rollouts/%00",
          "/folders/other/a.arrow",
          "/sha256/00",
          "/etc/passwd",
          "/"
        }) {
      assertThat(
              raw("GET " + path + " HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n"))
          .as(path)
          .startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void refusesOtherMethodsAndMalformedRequests() throws IOException {
    assertThat(raw("POST / HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 405");
    assertThat(raw("GET /%zz HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400");
    assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
  }

  @Test
  void refusesARequestThatDoesNotNameThisServer() throws IOException {
    for (String host :
        new String[] {
          "", "Host: evil.example:PORT\r\n", "Host: localhost\r\n", "Host: localhost:1\r\n"
        }) {
      assertThat(raw("GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"))
          .as(host)
          .startsWith("HTTP/1.1 403")
          .endsWith("Host is not this server (expected: 127.0.0.1:" + server.port() + ")\n");
    }
  }

  @Test
  void asksForTheToken() throws IOException {
    try (BulkServer guarded = BulkServer.start(BulkServer.Options.DEFAULTS.withToken(TOKEN))) {
      String url = guarded.share("rollouts", folder.resolve("shared")) + "deep/a.arrow";
      assertThat(get("GET", url, "").status).isEqualTo(401);
      BulkClient client = new BulkClient(BulkClient.Options.DEFAULTS.withToken(TOKEN));
      Path copy = folder.resolve("copy");
      String sha256 = Sha256.of(folder.resolve("secret"));
      client.download(List.of(url), 100_000, sha256, copy, (done, total) -> {});
      assertThat(copy).hasBinaryContent(bytes);
    }
    assertThat(TOKEN).hasToString("***");
  }

  @Test
  void refusesAnAddressOpenToOthersWithoutTlsAndToken() {
    BulkServer.Options open = BulkServer.Options.DEFAULTS.bind("192.0.2.1", 0);
    assertThatThrownBy(() -> BulkServer.start(open))
        .hasMessage(
            "bulk host: 192.0.2.1 is open to other machines"
                + " (expected: TLS and a bearer token, or 127.0.0.1)");
    assertThatThrownBy(() -> BulkServer.start(open.withToken(TOKEN))).hasMessageContaining("TLS");
    assertThatThrownBy(() -> BulkServer.start(open.bind("0.0.0.0", 0)))
        .hasMessageContaining("one address of this machine");
  }

  @Test
  void refusesAConnectionTooManyWhileAllAreBusy() throws IOException {
    Path large = folder.resolve("large");
    try (RandomAccessFile zeros = new RandomAccessFile(large.toFile(), "rw")) {
      zeros.setLength(64 << 20); // more than the buffers of a connection hold
    }
    try (BulkServer small = BulkServer.start(most(1));
        Socket first = new Socket(InetAddress.getLoopbackAddress(), small.port())) {
      String path = URI.create(small.share("all", folder)).getPath() + "large";
      ask(first, path);
      assertThat(first.getInputStream().read()).isEqualTo('H');
      assertThat(get("GET", small.baseUrl() + "/", "").status).isEqualTo(503);
    }
  }

  @Test
  void closesAnIdleConnectionForOneTooMany() throws IOException {
    try (BulkServer small = BulkServer.start(most(2));
        Socket first = new Socket(InetAddress.getLoopbackAddress(), small.port());
        Socket second = new Socket(InetAddress.getLoopbackAddress(), small.port())) {
      for (Socket socket : List.of(first, second)) {
        ask(socket, "/");
        assertThat(socket.getInputStream().read()).isEqualTo('H');
      }
      assertThat(get("GET", small.baseUrl() + "/", "").status).isEqualTo(404);
      assertThat(List.of(isClosed(first), isClosed(second))).containsOnlyOnce(true);
    }
  }

  private static boolean isClosed(Socket socket) throws IOException {
    socket.setSoTimeout(2_000);
    try {
      socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  private static void ask(Socket socket, String path) throws IOException {
    String request =
        "GET " + path + " HTTP/1.1\r\nHost: localhost:" + socket.getPort() + "\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
  }

  private static BulkServer.Options most(int connections) {
    return new BulkServer.Options(
        "127.0.0.1",
        "127.0.0.1",
        0,
        BulkServer.Options.DEFAULTS.token(),
        BulkServer.Options.DEFAULTS.tls(),
        connections,
        Duration.ofSeconds(60));
  }

  @Test
  void closesAnIdleConnection() throws IOException {
    BulkServer.Options hasty =
        new BulkServer.Options(
            "127.0.0.1",
            "127.0.0.1",
            0,
            BulkServer.Options.DEFAULTS.token(),
            BulkServer.Options.DEFAULTS.tls(),
            8,
            Duration.ofMillis(50));
    try (BulkServer small = BulkServer.start(hasty);
        Socket idle = new Socket(InetAddress.getLoopbackAddress(), small.port())) {
      idle.setSoTimeout(10_000);
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void leavesNoThreadsWhenClosed() throws Exception {
    BulkServer other = BulkServer.start(BulkServer.Options.DEFAULTS);
    assertThat(get("GET", other.baseUrl() + "/", "").status).isEqualTo(404);
    other.close();
    server.close();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("kelpie-bulk")) {
        thread.join(5_000); // it has done its work, and may be about to end
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  private record Answer(int status, ByteBuffer body, String range, long length) {}

  private static Answer get(String method, String url, String range) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url).toURL().openConnection(Proxy.NO_PROXY);
    connection.setRequestMethod(method);
    connection.setReadTimeout(10_000);
    if (!range.isEmpty()) {
      connection.setRequestProperty("Range", range);
    }
    int status = connection.getResponseCode();
    byte[] body = new byte[0];
    if (status < 400) {
      try (InputStream in = connection.getInputStream()) {
        body = in.readAllBytes();
      }
    }
    String found = String.valueOf(connection.getHeaderField("Content-Range"));
    return new Answer(status, ByteBuffer.wrap(body), found, connection.getContentLengthLong());
  }

  /** Sends a request as it is, but for PORT: a URL class would tidy up the path. */
  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      String sent = request.replace("PORT", Integer.toString(server.port()));
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
