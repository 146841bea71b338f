package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hostile input: the server answers or closes the connection, and continues to serve. */
@Timeout(60)
class HostileInputTest {
  private static final String AUTH = "Authorization: Bearer " + OpenPage.TOKEN + "\r\n";

  @TempDir private Path folder = Path.of("");
  private OpenPage page;

  @BeforeEach
  void open() {
    page = OpenPage.over(folder, 1, Duration.ofMillis(700));
  }

  @AfterEach
  void stillServesAndCloses() throws Exception {
    assertThat(page.get("/api/runs").statusCode()).isEqualTo(200);
    page.close();
  }

  private String host() {
    return "Host: 127.0.0.1:" + page.server.port() + "\r\n";
  }

  private String first(String request) throws IOException {
    return page.raw(request).lines().findFirst().orElse("");
  }

  @Test
  void randomBytesAreAnsweredOrClosed() throws IOException {
    Random random = new Random(7);
    for (int i = 0; i < 12; i++) {
      byte[] bytes = new byte[1 + random.nextInt(3000)];
      random.nextBytes(bytes);
      assertThat(page.raw(bytes)).doesNotContain("200 OK");
    }
  }

  @Test
  void tooLongLinesHeadersAndBodiesAreRefused() throws IOException {
    String close = "Connection: close\r\n\r\n";
    assertThat(first("GET /" + "a".repeat(5000) + " HTTP/1.1\r\n" + host() + AUTH + close))
        .contains("414");
    assertThat(
            first(
                "GET / HTTP/1.1\r\n" + host() + AUTH + "X-Long: " + "b".repeat(9000) + "\r\n\r\n"))
        .contains("431");
    assertThat(
            first(
                "POST /api/runs/0/pause HTTP/1.1\r\n"
                    + host()
                    + AUTH
                    + "Content-Length: 999999999999\r\n\r\n"))
        .contains("413");
    assertThat(
            first(
                "POST /api/runs/0/pause HTTP/1.1\r\n"
                    + host()
                    + AUTH
                    + "Content-Length: -5\r\n\r\n"))
        .contains("400");
    assertThat(page.run.asked()).isEmpty();
  }

  @Test
  void unknownMethodsAreRefused() throws IOException {
    for (String method : List.of("PUT", "DELETE", "TRACE", "CONNECT", "BREW")) {
      String request = method + " / HTTP/1.1\r\n" + host() + AUTH + "Connection: close\r\n\r\n";
      assertThat(first(request)).as(method).contains("405");
    }
  }

  @Test
  void pathsThatClimbLeadNowhere() throws IOException {
    for (String path :
        List.of(
            "/app/../../../../etc/passwd",
            "/app/%2e%2e/%2e%2e/etc/passwd",
            "/app/..%2f..%2fpom.xml",
            "//etc/passwd",
            "/lib/../META-INF/MANIFEST.MF",
            "/api/runs/0/../../metrics/x",
            "/api/runs/-1/curves",
            "/api/runs/99999999999/curves",
            "/api/runs/0/samples/../about")) {
      String request =
          "GET " + path + " HTTP/1.1\r\n" + host() + AUTH + "Connection: close\r\n\r\n";
      assertThat(first(request)).as(path).contains("404");
    }
    assertThat(first("GET /%zz HTTP/1.1\r\n" + host() + AUTH + "Connection: close\r\n\r\n"))
        .contains("400");
  }

  @Test
  void wrongParametersAreBadRequests() throws Exception {
    for (String query :
        List.of(
            "samples?step=abc",
            "samples?min=low",
            "samples?before=x:y",
            "curves?from=NaN1",
            "tokens?step=1e")) {
      assertThat(page.get("/api/runs/0/" + query).statusCode()).as(query).isEqualTo(400);
    }
  }

  @Test
  void aRequestThatNeverEndsIsClosed() throws IOException {
    for (String half :
        List.of("", "GET", "GET / HTTP/1.1\r\nHost: 127", "POST /x HTTP/1.1\r\n" + host())) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), page.server.port())) {
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(half.getBytes(StandardCharsets.UTF_8));
        InputStream in = socket.getInputStream();
        assertThat(in.read()).as(half).isEqualTo(-1);
      }
    }
  }

  @Test
  void aThousandIdleConnectionsKeepNoPageOut() throws Exception {
    List<Socket> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        idle.add(new Socket(InetAddress.getLoopbackAddress(), page.server.port()));
      }
      assertThat(page.get("/api/runs").statusCode()).isEqualTo(200);
      assertThat(page.json("/api/runs/0/curves?names=reward/mean").has("curves")).isTrue();
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }
}
