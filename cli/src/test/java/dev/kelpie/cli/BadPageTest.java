package dev.kelpie.cli;

import static dev.kelpie.cli.RawRequests.CLOSED;
import static dev.kelpie.cli.RawRequests.answer;
import static dev.kelpie.cli.RawRequests.bytes;
import static dev.kelpie.cli.RawRequests.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.dashboard.AccessToken;
import dev.kelpie.dashboard.DashboardServer;
import dev.kelpie.dashboard.ShownRun;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Bad requests to the port of the page. */
class BadPageTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("The page");
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";
  private static final String END = "Connection: close\\r\\n\\r\\n";
  private static final String KNOWN = "Host: 127.0.0.1:PORT\\r\\nAuthorization: Bearer TOKEN\\r\\n";
  private static final int MANY = 1000;

  /** Requests to the page, by what is wrong with them; PORT is the page's. */
  static final List<Kind> REQUESTS =
      List.of(
          new Kind("nonsense", "nonsense\\r\\n\\r\\n"),
          new Kind("another method", "PUT / HTTP/1.1\\r\\n" + KNOWN + END),
          new Kind("no token", "GET / HTTP/1.1\\r\\nHost: 127.0.0.1:PORT\\r\\n" + END),
          new Kind(
              "wrong token",
              "GET / HTTP/1.1\\r\\nHost: 127.0.0.1:PORT\\r\\nAuthorization: Bearer guess\\r\\n"
                  + END),
          new Kind(
              "wrong Host",
              "GET / HTTP/1.1\\r\\nHost: evil.example\\r\\nAuthorization: Bearer TOKEN\\r\\n"
                  + END),
          new Kind(
              "wrong Origin",
              "POST /api/runs/0/stop HTTP/1.1\\r\\n"
                  + KNOWN
                  + "Origin: http://evil.example\\r\\nContent-Length: 0\\r\\n"
                  + END),
          new Kind(
              "asking a run that has ended",
              "POST /api/runs/0/stop HTTP/1.1\\r\\n"
                  + KNOWN
                  + "Origin: http://127.0.0.1:PORT\\r\\nContent-Length: 0\\r\\n"
                  + END),
          new Kind(
              "body of 1 EB",
              "POST /api/runs/0/stop HTTP/1.1\\r\\n"
                  + KNOWN
                  + "Content-Length: 1000000000000000000\\r\\n"
                  + END),
          new Kind("path that leads out", "GET /app/../../etc/passwd HTTP/1.1\\r\\n" + KNOWN + END),
          new Kind(
              "escaped path that leads out",
              "GET /app/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\\r\\n" + KNOWN + END),
          new Kind("broken escape in a path", "GET /%zz HTTP/1.1\\r\\n" + KNOWN + END),
          new Kind(
              "step that is no number",
              "GET /api/runs/0/samples?step=abc HTTP/1.1\\r\\n" + KNOWN + END),
          new Kind("run that is not there", "GET /api/runs/7/curves HTTP/1.1\\r\\n" + KNOWN + END));

  @TempDir private Path folder = Path.of("");

  /** A request, its line ends written as in Java. */
  record Kind(String what, String request) {
    @Override
    public String toString() {
      return what;
    }
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  private DashboardServer start() throws IOException {
    return start(options());
  }

  private static DashboardServer.Options options() {
    return DashboardServer.Options.of("127.0.0.1", 0, false, new AccessToken(TOKEN));
  }

  private DashboardServer start(DashboardServer.Options options) throws IOException {
    Path ended = EndedRun.write(folder.resolve("ended"), 4, 3, 0.3);
    return DashboardServer.start(
        options, List.of(ShownRun.recorded(new RunFolder(ended), ids -> List.of())));
  }

  private static byte[] request(String text, int port) {
    return bytes(
        text.replace("\\r\\n", "\r\n")
            .replace("PORT", Integer.toString(port))
            .replace("TOKEN", TOKEN));
  }

  private static String good(DashboardServer server) throws IOException {
    String about = "GET /api/runs HTTP/1.1\\r\\n" + KNOWN + END;
    String got = answer(server.port(), request(about, server.port()));
    assertThat(got).startsWith("HTTP/1.1 200 OK: [");
    return got.substring(0, got.indexOf(':'));
  }

  @ParameterizedTest
  @FieldSource("REQUESTS")
  void badRequestsGetAStatusAndALine(Kind kind) throws IOException {
    try (DashboardServer server = start()) {
      String got = answer(server.port(), request(kind.request(), server.port()));
      assertThat(got).doesNotContain("200 OK").doesNotContain("root:");
      good(server);
      TABLE.add(
          "page: " + kind.what(),
          kind.request(),
          got.replace(Integer.toString(server.port()), "PORT"));
    }
  }

  @Test
  void longLinesAndHeadersAreRefused() throws IOException {
    try (DashboardServer server = start()) {
      int port = server.port();
      TABLE.add(
          "page: path of 5,000 letters",
          "GET /aaa...",
          answer(
              port, request("GET /" + "a".repeat(5000) + " HTTP/1.1\\r\\n" + KNOWN + END, port)));
      TABLE.add(
          "page: header of 9,000 letters",
          "X-Long: bbb...",
          answer(
              port,
              request(
                  "GET / HTTP/1.1\\r\\n" + KNOWN + "X-Long: " + "b".repeat(9000) + "\\r\\n" + END,
                  port)));
      good(server);
    }
  }

  /** Measured with a shorter timeout; the row has the usual one. */
  @Test
  void halfARequestIsClosedInTime() throws IOException {
    Duration patience = Duration.ofMillis(300);
    DashboardServer.Options usual = options();
    try (DashboardServer server =
        start(
            new DashboardServer.Options(
                usual.host(),
                usual.port(),
                usual.orAnyFree(),
                usual.token(),
                patience,
                usual.maxConnections(),
                usual.maxPages(),
                usual.tls()))) {
      for (String half : List.of("GET / HT", "POST /api/runs/0/stop HTTP/1.1\\r\\n" + KNOWN)) {
        long before = System.nanoTime();
        assertThat(answer(server.port(), request(half, server.port()))).isEqualTo(CLOSED);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(patience);
      }
      good(server);
      TABLE.add(
          "page: half a request",
          "GET / HT",
          CLOSED + " after " + usual.requestTimeout().toSeconds() + " s");
    }
  }

  @Test
  void randomBytesAndIdleConnectionsKeepNoPageOut() throws IOException {
    List<Socket> idle = new ArrayList<>();
    try (DashboardServer server = start()) {
      for (int seed = 0; seed < 20; seed++) {
        assertThat(answer(server.port(), random(seed))).doesNotContain("200 OK");
      }
      for (int i = 0; i < MANY; i++) {
        idle.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
      }
      TABLE.add(
          "page: random bytes, then 1,000 idle connections",
          "64 KiB, 20 times, and then a request",
          good(server));
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }
}
