package dev.kelpie.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Sha256;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Random;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BulkTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final BearerToken TOKEN = BearerToken.random();

  private final Path folder;

  BulkTlsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void downloadsOverTlsFromACertificateItTrustsOnly() throws Exception {
    byte[] bytes = new byte[1_000_000];
    new Random(3).nextBytes(bytes);
    Path source = Files.write(folder.resolve("source.arrow"), bytes);
    String sha256 = Sha256.of(source);
    SSLContext tls = selfSigned();
    try (BulkServer server =
        BulkServer.start(BulkServer.Options.DEFAULTS.withTls(tls).withToken(TOKEN))) {
      FileTicket ticket = server.offer(new FileTicket(source.toString(), "", bytes.length, sha256));
      assertThat(ticket.url()).startsWith("https://127.0.0.1:");
      List<String> urls = List.of(ticket.url());
      BulkClient.Options options = BulkClient.Options.DEFAULTS.withToken(TOKEN);
      Path target = folder.resolve("copy.arrow");
      BulkClient stranger = new BulkClient(options);
      assertThatThrownBy(
              () -> stranger.download(urls, bytes.length, sha256, target, (done, total) -> {}))
          .hasMessageContaining("certification path");
      BulkClient trusting = new BulkClient(options.withTls(tls));
      trusting.download(urls, bytes.length, sha256, target, (done, total) -> {});
      assertThat(target).hasBinaryContent(bytes);
    }
  }

  /** A key for 127.0.0.1 made by the JDK's keytool, trusted by itself. */
  private SSLContext selfSigned() throws Exception {
    Path store = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "kelpie",
                "-keyalg",
                "EC",
                "-dname",
                "CN=kelpie",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory mine = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    mine.init(keys, PASSWORD);
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(mine.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }
}
