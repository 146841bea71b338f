package dev.kelpie.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.tls.CertificateAuthority;
import dev.kelpie.wire.tls.NodeTls;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files between hosts that know each other by certificates. */
class BulkTlsTest {
  private static final String HOST = "127.0.0.1";
  private static final Duration DAY = Duration.ofDays(1);
  private static final BearerToken TOKEN = BearerToken.random();

  private final Path folder;
  private final byte[] bytes = new byte[1_000_000];
  private final Path source;

  BulkTlsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    new Random(3).nextBytes(bytes);
    this.source = Files.write(folder.resolve("source.arrow"), bytes);
  }

  private NodeTls node(String cluster, String host) throws IOException {
    return NodeTls.open(
        CertificateAuthority.openOrCreate(folder.resolve(cluster)).issue(host, DAY));
  }

  private static BulkServer server(NodeTls tls) {
    return BulkServer.start(BulkServer.Options.DEFAULTS.withTls(tls).withToken(TOKEN));
  }

  /** Downloads the file by {@code options}, or throws. */
  private Path download(BulkServer server, BulkClient.Options options) {
    String sha256 = Sha256.of(source);
    FileTicket ticket = server.offer(new FileTicket(source.toString(), "", bytes.length, sha256));
    assertThat(ticket.url()).startsWith("https://127.0.0.1:");
    return new BulkClient(options)
        .download(
            List.of(ticket.url()),
            bytes.length,
            sha256,
            folder.resolve("copy.arrow"),
            (done, total) -> {});
  }

  @Test
  void hostsOfOneClusterExchangeFiles() throws IOException {
    BulkClient.Options options = BulkClient.Options.DEFAULTS.withTls(node("a", "worker"));
    try (BulkServer server = server(node("a", HOST))) {
      assertThatThrownBy(() -> download(server, options)).hasMessageContaining("HTTP 401");
      assertThat(download(server, options.withToken(TOKEN))).hasBinaryContent(bytes);
    }
  }

  @Test
  void whoHasNoCertificateOfTheClusterIsShutOut() throws IOException {
    BulkClient.Options options = BulkClient.Options.DEFAULTS.withToken(TOKEN);
    try (BulkServer server = server(node("a", HOST))) {
      assertThatThrownBy(() -> download(server, options))
          .hasMessageContaining("certification path");
      NodeTls stranger = node("b", "worker");
      assertThatThrownBy(() -> download(server, options.withTls(stranger)))
          .hasMessageContaining("certification path");
      // one that trusts the server, but shows a certificate of somebody else
      Files.copy(folder.resolve("a/ca.pem"), folder.resolve("b/both.pem"));
      Files.writeString(
          folder.resolve("b/both.pem"),
          Files.readString(folder.resolve("a/ca.pem"))
              + Files.readString(folder.resolve("b/ca.pem")));
      TlsFiles files = TlsFiles.of(folder.resolve("b"), "worker");
      NodeTls trusting =
          NodeTls.open(
              new TlsFiles(
                  folder.resolve("b/both.pem"), files.certificate(), files.key(), files.token()));
      assertThatThrownBy(() -> download(server, options.withTls(trusting)))
          .hasMessageMatching(".*no holder gave it: https://127.0.0.1.*");
    }
    assertThat(folder.resolve("copy.arrow")).doesNotExist();
  }

  @Test
  void aServerOfAnotherHostIsRefused() throws IOException {
    try (BulkServer server = server(node("a", "127.0.0.2"))) {
      assertThatThrownBy(
              () ->
                  download(
                      server,
                      BulkClient.Options.DEFAULTS.withTls(node("a", "worker")).withToken(TOKEN)))
          .hasMessageContaining("No subject alternative names matching IP address 127.0.0.1");
    }
  }

  @Test
  void newCertificatesAreShownWithoutARestart() throws Exception {
    NodeTls tls = node("a", HOST);
    NodeTls client = node("a", "worker");
    try (BulkServer server = server(tls)) {
      BigInteger first = shown(client, server);
      assertThat(shown(client, server)).isEqualTo(first);
      TlsFiles files = CertificateAuthority.openOrCreate(folder.resolve("a")).issue(HOST, DAY);
      BigInteger second = shown(client, server);
      assertThat(second).isNotEqualTo(first);
      // a key of another certificate: the one before stays in use, until both fit again
      String key = Files.readString(files.key());
      Files.copy(
          TlsFiles.of(folder.resolve("a"), "worker").key(),
          files.key(),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      assertThat(shown(client, server)).isEqualTo(second);
      Files.writeString(files.key(), key);
      assertThat(shown(client, server)).isEqualTo(second);
      BulkClient.Options options = BulkClient.Options.DEFAULTS.withTls(client).withToken(TOKEN);
      assertThat(download(server, options)).hasBinaryContent(bytes);
    }
  }

  /** The number of the certificate that a server shows. */
  private static BigInteger shown(NodeTls client, BulkServer server) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) client.context().getSocketFactory().createSocket(HOST, server.port())) {
      socket.startHandshake();
      var chain = socket.getSession().getPeerCertificates();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      return ((X509Certificate) chain[0]).getSerialNumber();
    }
  }
}
