package dev.kelpie.cli;

import static dev.kelpie.cli.RawRequests.CLOSED;
import static dev.kelpie.cli.RawRequests.answer;
import static dev.kelpie.cli.RawRequests.bytes;
import static dev.kelpie.cli.RawRequests.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.actors.RunNode;
import dev.kelpie.cli.train.Ports;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.http.BearerToken;
import dev.kelpie.wire.http.BulkServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What strangers may send to the ports of a run. */
class BadWireTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Ports");
  private static final int MANY = 1000;
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(10);

  /**
   * Requests to the bulk server, by what is wrong with them; NAME is the shared folder's, PORT its
   * own.
   */
  static final List<Kind> REQUESTS =
      List.of(
          new Kind("nonsense", "nonsense\\r\\n\\r\\n"),
          new Kind("another method", "POST / HTTP/1.1\\r\\nHost: localhost:PORT\\r\\n\\r\\n"),
          new Kind(
              "body of 1 EB",
              "POST / HTTP/1.1\\r"
                  + "\\n"
                  + "Host: localhost:PORT\\r"
                  + "\\n"
                  + "Content-Length: 1000000000000000000\\r"
                  + "\\n"
                  + "\\r"
                  + "\\n"),
          new Kind(
              "length that is no number",
              "GET / HTTP/1.1\\r\\nHost: localhost:PORT\\r\\nContent-Length: lots\\r\\n\\r\\n"),
          new Kind(
              "chunk of 2 GB",
              "POST / HTTP/1.1\\r"
                  + "\\n"
                  + "Host: localhost:PORT\\r"
                  + "\\n"
                  + "Transfer-Encoding: chunked\\r"
                  + "\\n"
                  + "\\r"
                  + "\\n"
                  + "7fffffff\\r"
                  + "\\n"),
          new Kind(
              "broken escape in a path", "GET /%zz HTTP/1.1\\r\\nHost: localhost:PORT\\r\\n\\r\\n"),
          new Kind(
              "path that leads out",
              "GET /folders/NAME/../secret HTTP/1.1\\r\\nHost: localhost:PORT\\r\\n\\r\\n"),
          new Kind(
              "escaped path that leads out",
              "GET /folders/NAME/..%2fsecret HTTP/1.1\\r\\nHost: localhost:PORT\\r\\n\\r\\n"),
          new Kind(
              "link that leads out",
              "GET /folders/NAME/link HTTP/1.1\\r\\nHost: localhost:PORT\\r\\n\\r\\n"),
          new Kind(
              "path of the system",
              "GET /etc/passwd HTTP/1.1\\r\\nHost: localhost:PORT\\r\\n\\r\\n"),
          new Kind(
              "wrong Host", "GET /folders/NAME/a HTTP/1.1\\r\\nHost: evil.example\\r\\n\\r\\n"),
          new Kind("no Host", "GET /folders/NAME/a HTTP/1.1\\r\\n\\r\\n"),
          new Kind(
              "range of 99999999999 bytes in a file of 3",
              "GET /folders/NAME/a HTTP/1.1\\r"
                  + "\\n"
                  + "Host: localhost:PORT\\r"
                  + "\\n"
                  + "Range: bytes=0-99999999999\\r"
                  + "\\n"
                  + "\\r"
                  + "\\n"),
          new Kind(
              "range behind the end",
              "GET /folders/NAME/a HTTP/1.1\\r"
                  + "\\n"
                  + "Host: localhost:PORT\\r"
                  + "\\n"
                  + "Range: bytes=7-\\r"
                  + "\\n"
                  + "\\r"
                  + "\\n"));

  @TempDir private Path folder = Path.of("");
  private final List<Socket> sockets = new ArrayList<>();

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

  @AfterEach
  void hangUp() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @ParameterizedTest
  @FieldSource("REQUESTS")
  void badRequestsGetAStatusAndALine(Kind kind) throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.writeString(shared.resolve("a"), "abc");
    Files.writeString(folder.resolve("secret"), "secret");
    Files.createSymbolicLink(shared.resolve("link"), folder.resolve("secret"));
    try (BulkServer server = BulkServer.start(hasty(256))) {
      server.share("name", shared);
      String request = kind.request().replace("\\r\\n", "\r\n").replace("NAME", "name");
      String answer = ask(server.port(), request).replace(Integer.toString(server.port()), "PORT");
      assertThat(answer).doesNotContain("secret");
      assertStillServes(server);
      TABLE.add("files: " + kind.what(), kind.request(), answer);
    }
  }

  @Test
  void tokensAreAskedFor() throws IOException {
    BearerToken token = BearerToken.of("0123456789abcdef");
    try (BulkServer server = BulkServer.start(hasty(256).withToken(token))) {
      String none = "GET /a HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n";
      TABLE.add("files with a token: none given", "no Authorization", ask(server.port(), none));
      String wrong = none.replace("\r\n\r\n", "\r\nAuthorization: Bearer 0123456789abcdee\r\n\r\n");
      TABLE.add(
          "files with a token: a wrong one",
          "Authorization: Bearer ...",
          ask(server.port(), wrong));
    }
  }

  @Test
  void randomBytesAndHalfRequestsEndTheirConnectionOnly() throws IOException {
    try (BulkServer server = BulkServer.start(hasty(256))) {
      for (int seed = 0; seed < 20; seed++) {
        answer(server.port(), random(seed));
      }
      TABLE.add("files: random bytes", "64 KiB, 20 times", answer(server.port(), random(20)));
      TABLE.add(
          "files: half a request",
          "GET / HT",
          answer(server.port(), bytes("GET / HT"))
              + " after "
              + BulkServer.Options.DEFAULTS.idleTimeout().toSeconds()
              + " s");
      assertStillServes(server);
    }
  }

  @Test
  void runGoesOnWhateverIsSentToItsPorts() throws Exception {
    List<Integer> ports = Ports.free("127.0.0.1", 2);
    int port = ports.get(0);
    int bulkPort = ports.get(1);
    String experiment =
        "run.steps = 3, rollout { prompts-per-step = 4, group-size = 2, max-new-tokens = 8 }\n"
            + String.format("cluster { port = %d, bulk-port = %d }", port, bulkPort);
    CountDownLatch attacked = new CountDownLatch(1);
    try (RunNode node =
        SmallRun.of(SmallExperiment.write(folder, experiment))
            .before(unit -> hold(attacked))
            .start()) {
      awaitListening(port);
      List<Socket> idle = connect(port, MANY);
      List<Socket> idleFiles = connect(bulkPort, MANY);
      String request = "GET / HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n";
      TABLE.add(
          "files: 1,000 idle connections",
          "and then a request",
          ask(bulkPort, request)
              + "; "
              + outcome(idleFiles.get(0), LONG)
              + " that is idle for longest");
      for (int seed = 0; seed < 10; seed++) {
        send(bulkPort, random(seed));
        send(port, random(seed));
      }
      TABLE.add("actors: random bytes", "64 KiB, 10 times", outcome(send(port, random(10)), LONG));
      TABLE.add(
          "actors: frame of 2 GB",
          "AKKA\\x02\\xff\\xff\\xff\\x7f",
          outcome(send(port, giantFrame()), SHORT));
      TABLE.add("actors: half a request", "AK", outcome(send(port, bytes("AK")), SHORT));
      String last = outcome(idle.get(MANY - 1), SHORT);
      attacked.countDown();
      RunSummary summary = SmallRun.await(node);

      assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
      assertThat(summary.steps()).isEqualTo(3);
      assertThat(summary.ledger().clean()).isTrue();
      assertThat(node.view().events())
          .filteredOn(event -> event.level() != RunEvent.Level.INFO)
          .extracting(RunEvent::text)
          .isEmpty();
      TABLE.add(
          "actors: 1,000 idle connections",
          "from before the first step to the end",
          String.format("%s; the run ends well, %s steps", last, summary.steps()));
    }
  }

  /** What becomes of a connection; one that is not closed costs the whole patience. */
  private static String outcome(Socket socket, Duration patience) throws IOException {
    socket.setSoTimeout((int) patience.toMillis());
    try {
      return socket.getInputStream().read() < 0 ? CLOSED : "there is an answer";
    } catch (SocketTimeoutException e) {
      return "the connection stays open, without an answer";
    } catch (SocketException e) {
      return CLOSED;
    }
  }

  private List<Socket> connect(int port, int count) throws IOException {
    List<Socket> connected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      connected.add(new Socket(InetAddress.getLoopbackAddress(), port));
    }
    sockets.addAll(connected);
    return connected;
  }

  private Socket send(int port, byte[] bytes) throws IOException {
    Socket socket = connect(port, 1).get(0);
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    } catch (SocketException e) {
      // hung up on before everything was sent
    }
    return socket;
  }

  /** The first bytes of a connection of actors, then a frame of 2 GB. */
  private static byte[] giantFrame() {
    return ByteBuffer.allocate(9)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(bytes("AKKA"))
        .put((byte) 2)
        .putInt(Integer.MAX_VALUE)
        .array();
  }

  private static void awaitListening(int port) throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(socket.isConnected()).isTrue();
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  private static void hold(CountDownLatch attacked) {
    try {
      assertThat(attacked.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String ask(int port, String request) throws IOException {
    return answer(port, bytes(request.replace("PORT", Integer.toString(port))));
  }

  private static void assertStillServes(BulkServer server) throws IOException {
    String request = "GET / HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n";
    assertThat(ask(server.port(), request)).startsWith("HTTP/1.1 404 Not Found");
  }

  /** Closes a connection when nothing was sent on it for a moment. */
  private static BulkServer.Options hasty(int connections) {
    return new BulkServer.Options(
        "127.0.0.1",
        "127.0.0.1",
        0,
        Optional.empty(),
        Optional.empty(),
        connections,
        Duration.ofMillis(100));
  }
}
