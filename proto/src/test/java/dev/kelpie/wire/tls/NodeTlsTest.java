package dev.kelpie.wire.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeTlsTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final Path folder;

  NodeTlsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private CertificateAuthority authority(String cluster) throws IOException {
    return CertificateAuthority.openOrCreate(folder.resolve(cluster));
  }

  @Test
  void aHostHasItsNameAndKeysAreItsOwnersAlone() throws IOException {
    TlsFiles files = authority("a").issue("node-1.example", DAY);
    NodeTls tls = NodeTls.open(files);
    tls.requireName("node-1.example");
    tls.requireName("NODE-1.example");
    assertThatThrownBy(() -> tls.requireName("node-2.example"))
        .hasMessage(
            files.certificate()
                + ": a certificate of node-1.example (expected: of node-2.example)");
    assertThat(tls.secret()).matches("[0-9a-f]{64}");
    for (Path secret : new Path[] {files.key(), files.token(), folder.resolve("a/ca-key.pem")}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void aCertificateOfADomainIsOneOfItsHosts() throws IOException {
    authority("a").issue("*.run.example", DAY);
    TlsFiles files = TlsFiles.of(folder.resolve("a"), "pod-1.run.example");
    assertThat(files.certificate()).hasFileName("_.run.example.pem");
    NodeTls tls = NodeTls.open(files);
    tls.requireName("pod-1.run.example");
    for (String other :
        new String[] {"run.example", "a.pod-1.run.example", "pod-1.other.example"}) {
      assertThatThrownBy(() -> tls.requireName(other))
          .hasMessageEndingWith("a certificate of *.run.example (expected: of " + other + ")");
    }
    authority("a").issue("pod-1.run.example", DAY);
    assertThat(TlsFiles.of(folder.resolve("a"), "pod-1.run.example").certificate())
        .hasFileName("pod-1.run.example.pem");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.7", "::1", "fd00:0:0:0:0:0:0:5"})
  void addressesAreNames(String address) throws IOException {
    NodeTls tls = NodeTls.open(authority("a").issue(address, DAY));
    tls.requireName(address);
    assertThatThrownBy(() -> tls.requireName("10.0.0.8"))
        .hasMessageContaining("(expected: of 10.0.0.8)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a b", "../x", "300.1.1.1", "-x", "x..y", "*", "a.*.b", "ca", "token"})
  void otherTextsAreNoHosts(String host) throws IOException {
    CertificateAuthority authority = authority("a");
    assertThatThrownBy(() -> authority.issue(host, DAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("HOST: " + host + " (expected: a host name or an address");
  }

  @Test
  void anAuthorityIsMadeOnce() throws IOException {
    authority("a").issue("one", DAY);
    byte[] before = Files.readAllBytes(folder.resolve("a/ca.pem"));
    String token = Files.readString(folder.resolve("a/token"));
    NodeTls.open(authority("a").issue("two", DAY));
    NodeTls.open(TlsFiles.of(folder.resolve("a"), "one"));
    assertThat(folder.resolve("a/ca.pem")).hasBinaryContent(before);
    assertThat(folder.resolve("a/token")).hasContent(token);
  }

  @Test
  void whatDoesNotFitIsRefusedByItsFile() throws IOException {
    TlsFiles expired = authority("a").issue("old", Duration.ofSeconds(-10));
    assertThatThrownBy(() -> NodeTls.open(expired))
        .isInstanceOf(IOException.class)
        .hasMessageMatching(
            ".*old.pem: expired at 20.*Z \\(expected: a valid certificate; kelpie cluster"
                + " certificates renews it\\)");
    TlsFiles files = authority("a").issue("host", DAY);
    TlsFiles other = authority("b").issue("host", DAY);
    TlsFiles mixed =
        new TlsFiles(other.authority(), files.certificate(), files.key(), files.token());
    assertThatThrownBy(() -> NodeTls.open(mixed))
        .hasMessage(
            files.certificate() + " (expected: a certificate signed by " + other.authority() + ")");
    Files.copy(other.key(), files.key(), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> NodeTls.open(files))
        .hasMessage(files.key() + " (expected: the key of " + files.certificate() + ")");
    Files.writeString(files.key(), "-----BEGIN EC PRIVATE KEY-----\n");
    assertThatThrownBy(() -> NodeTls.open(files))
        .hasMessageStartingWith(files.key() + " (expected: a private key in PEM, PKCS #8");
    Files.writeString(files.certificate(), "garbage");
    assertThatThrownBy(() -> NodeTls.open(files))
        .hasMessage(files.certificate() + " (expected: X.509 certificates in PEM)");
    Files.delete(files.certificate());
    assertThatThrownBy(() -> NodeTls.open(files)).hasMessageContaining("host.pem");
    Files.writeString(other.token(), "short\n");
    NodeTls tls = NodeTls.open(other);
    assertThatThrownBy(tls::secret)
        .hasMessage(other.token() + " (expected: at least 16 visible ASCII characters)");
  }
}
