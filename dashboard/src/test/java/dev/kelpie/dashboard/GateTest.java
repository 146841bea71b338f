package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.CookieManager;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are let in and requests that are refused. */
class GateTest {
  @TempDir private Path folder = Path.of("");
  private OpenPage page;

  @BeforeEach
  void open() {
    page = OpenPage.over(folder, 1);
  }

  @AfterEach
  void close() {
    page.close();
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return page.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private String status(String head) throws IOException {
    return page.raw(head + "Connection: close\r\n\r\n").lines().findFirst().orElse("");
  }

  @Test
  void withoutATokenNothingIsSaid() throws Exception {
    for (String path : new String[] {"/", "/api/runs", "/metrics", "/app/main.js", "/api/stream"}) {
      HttpResponse<String> answer = send(HttpRequest.newBuilder(page.at(path)));
      assertThat(answer.statusCode()).as(path).isEqualTo(401);
      assertThat(answer.body()).contains("the address that kelpie printed");
    }
  }

  @Test
  void aWrongTokenOpensNothing() throws Exception {
    assertThat(send(HttpRequest.newBuilder(page.at("/?token=another-token-of-16"))).statusCode())
        .isEqualTo(401);
    HttpRequest.Builder bearer =
        HttpRequest.newBuilder(page.at("/metrics")).header("Authorization", "Bearer wrong");
    assertThat(send(bearer).statusCode()).isEqualTo(401);
  }

  @Test
  void theTokenInTheAddressBecomesACookieAndDisappears() throws Exception {
    HttpResponse<String> first = send(HttpRequest.newBuilder(page.at("/?token=" + OpenPage.TOKEN)));
    assertThat(first.statusCode()).isEqualTo(303);
    assertThat(first.headers().firstValue("Location")).contains("/");
    String cookie = first.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(cookie).contains("HTTPOnly", "SameSite=Strict").doesNotContain(OpenPage.TOKEN);

    HttpClient browser =
        HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    HttpResponse<String> shown =
        browser.send(
            HttpRequest.newBuilder(page.at("/?token=" + OpenPage.TOKEN)).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(shown.statusCode()).isEqualTo(200);
    assertThat(shown.uri().getQuery()).isNull();
    assertThat(shown.body()).contains("<title>Kelpie</title>");
  }

  @Test
  void anotherHostNameIsRefused() throws Exception {
    String auth = "Authorization: Bearer " + OpenPage.TOKEN + "\r\n";
    int port = page.server.port();
    assertThat(status("GET / HTTP/1.1\r\nHost: evil.example:" + port + "\r\n" + auth))
        .contains("403");
    assertThat(status("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + auth)).contains("403");
    assertThat(status("GET / HTTP/1.1\r\n" + auth)).contains("403");
    String twice = "Host: 127.0.0.1:" + port + "\r\nHost: localhost:" + port + "\r\n";
    assertThat(status("GET / HTTP/1.1\r\n" + twice + auth)).contains("403");
    assertThat(status("GET / HTTP/1.1\r\nHost: localhost:" + port + "\r\n" + auth)).contains("200");
    assertThat(status("GET / HTTP/1.1\r\nHost: [::1]:" + port + "\r\n" + auth)).contains("200");
  }

  @Test
  void anotherOriginMayNotAskNorListen() throws Exception {
    String own = "http://127.0.0.1:" + page.server.port();
    for (String origin : new String[] {"http://evil.example", "null", "https://127.0.0.1:1"}) {
      assertThat(
              send(page.request("/api/runs/0/pause")
                      .header("Origin", origin)
                      .POST(HttpRequest.BodyPublishers.noBody()))
                  .statusCode())
          .as(origin)
          .isEqualTo(403);
      assertThat(send(page.request("/api/stream").header("Origin", origin)).statusCode())
          .isEqualTo(403);
    }
    assertThat(page.run.asked()).isEmpty();
    assertThat(
            send(page.request("/api/runs/0/pause")
                    .header("Origin", own)
                    .POST(HttpRequest.BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(202);
    assertThat(page.run.asked()).containsExactly("pause");
  }

  @Test
  void aPostWithTheCookieButWithoutAnOriginIsRefused() throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(page.at("/api/runs/0/stop"))
            .header("Cookie", cookie())
            .POST(HttpRequest.BodyPublishers.noBody());
    assertThat(send(request).statusCode()).isEqualTo(403);
    assertThat(page.run.asked()).isEmpty();
  }

  @Test
  void aScriptOfAnotherSiteMayNotReadData() throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(page.at("/api/runs"))
            .header("Cookie", cookie())
            .header("Sec-Fetch-Site", "cross-site");
    assertThat(send(request).statusCode()).isEqualTo(403);
  }

  private String cookie() throws Exception {
    HttpResponse<String> door = send(HttpRequest.newBuilder(page.at("/?token=" + OpenPage.TOKEN)));
    return door.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
  }

  @Test
  void aHeadRequestGetsTheHeadersOnly() throws Exception {
    HttpRequest.Builder head =
        page.request("/").method("HEAD", HttpRequest.BodyPublishers.noBody());
    HttpResponse<String> answer = send(head);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.headers().firstValueAsLong("Content-Length").orElse(0)).isPositive();
  }

  @Test
  void everyAnswerForbidsTheBrowserEverythingElse() throws Exception {
    for (String path : new String[] {"/", "/api/runs", "/nowhere"}) {
      HttpResponse<String> answer = page.get(path);
      assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(answer.headers().firstValue("Referrer-Policy")).contains("no-referrer");
    }
  }
}
