package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.wire.tls.CertificateAuthority;
import dev.kelpie.wire.tls.NodeTls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page at an address that is not this machine's alone. */
class EncryptedPageTest {
  private static final String HOST = "127.0.0.2";
  private static final String TOKEN = "a-token-of-enough-letters";

  @Test
  void isServedByHttpsToWhoHasTheToken(@TempDir Path folder) throws Exception {
    NodeTls tls =
        NodeTls.open(CertificateAuthority.openOrCreate(folder).issue(HOST, Duration.ofDays(1)));
    DashboardServer.Options options =
        DashboardServer.Options.of(HOST, 0, false, new AccessToken(TOKEN)).with(tls);
    try (DashboardServer server = DashboardServer.start(options, List.of())) {
      assertThat(server.url()).startsWith("https://127.0.0.2:").endsWith("/?token=" + TOKEN);
      HttpClient trusting = HttpClient.newBuilder().sslContext(tls.context()).build();
      HttpResponse<String> in = trusting.send(get(server.url()), text());
      assertThat(in.statusCode()).isEqualTo(303);
      assertThat(in.headers().firstValue("Set-Cookie").orElse("")).contains("; Secure; HTTPOnly");
      HttpRequest wrong = get(server.url().replace(TOKEN, "another-token-of-letters"));
      assertThat(trusting.send(wrong, text()).statusCode()).isEqualTo(401);
      assertThatThrownBy(() -> HttpClient.newHttpClient().send(get(server.url()), text()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("certification path");
      // without encryption: no answer
      HttpRequest plain = get(server.url().replace("https:", "http:"));
      assertThatThrownBy(() -> trusting.send(plain, text())).isInstanceOf(IOException.class);
    }
  }

  @Test
  void isNotServedWithoutEncryption() {
    AccessToken token = new AccessToken(TOKEN);
    DashboardServer.Options options = DashboardServer.Options.of(HOST, 0, false, token);
    assertThatThrownBy(() -> DashboardServer.start(options, List.of()))
        .hasMessage("host: 127.0.0.2 (expected: a loopback address; the page is not encrypted)");
  }

  private static HttpRequest get(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build();
  }

  private static HttpResponse.BodyHandler<String> text() {
    return HttpResponse.BodyHandlers.ofString();
  }
}
