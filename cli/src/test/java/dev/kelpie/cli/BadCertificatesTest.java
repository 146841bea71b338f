package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.wire.tls.CertificateAuthority;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of hosts that cannot be used, and how good ones are made. */
class BadCertificatesTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Certificates");
  private static final Duration DAY = Duration.ofDays(1);
  private static final String HOST = "10.0.0.7";

  @TempDir private Path folder = Path.of("");
  private Path certificates = Path.of("");

  @BeforeEach
  void writeAnExperiment() throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
    certificates = folder.resolve("tls");
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  /** The line that a run gets whose {@code cluster.tls-path} is the folder. */
  private void refused(String what, String input) throws IOException {
    Path file = folder.resolve("x.conf");
    Files.writeString(
        file,
        "include required(\"small.conf\")\ncluster { host = \"" + HOST + "\", tls-path = tls }\n");
    TABLE.add(
        what, input, Refusal.of(folder, file.toString()).replaceAll("20\\d\\d-[^ ]+Z", "TIME"));
  }

  @Test
  void filesThatDoNotFitAreNamed() throws IOException {
    refused("folder without certificates", "cluster { host = 10.0.0.7, tls-path = tls }");
    CertificateAuthority authority = CertificateAuthority.openOrCreate(certificates);
    TlsFiles other = authority.issue("10.0.0.8", DAY);
    refused("certificates of other hosts alone", "kelpie cluster certificates --out tls 10.0.0.8");
    TlsFiles own = TlsFiles.of(certificates, HOST);
    Files.copy(other.certificate(), own.certificate());
    Files.copy(other.key(), own.key());
    refused("certificate of another host", "cp 10.0.0.8.pem 10.0.0.7.pem");
    authority.issue(HOST, Duration.ofSeconds(-10));
    refused("certificate that has expired", "");
    authority.issue(HOST, DAY);
    Files.copy(other.key(), own.key(), StandardCopyOption.REPLACE_EXISTING);
    refused("key of another host", "cp 10.0.0.8-key.pem 10.0.0.7-key.pem");
    authority.issue(HOST, DAY);
    CertificateAuthority.openOrCreate(folder.resolve("theirs"));
    Files.copy(
        folder.resolve("theirs/ca.pem"), own.authority(), StandardCopyOption.REPLACE_EXISTING);
    refused("certificate of another authority", "cp theirs/ca.pem tls/ca.pem");
  }

  @Test
  void hostsThatAreNoneAreRefused() {
    for (String host : List.of("300.1.1.1", "a/b", "ca")) {
      TABLE.add(
          "host that is none: " + host,
          "kelpie cluster certificates " + host,
          line("cluster", "certificates", "--out", certificates.toString(), host));
    }
    TABLE.add(
        "certificates for no time",
        "kelpie cluster certificates --days 0 node",
        line("cluster", "certificates", "--out", certificates.toString(), "--days", "0", "node"));
    assertThat(certificates).doesNotExist();
  }

  private static String line(String... arguments) {
    CommandLineRun run = CommandLineRun.of(arguments);
    assertThat(run.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(run.err()).hasLineCount(1);
    return run.err().strip();
  }

  @Test
  void certificatesAreMadeAndRenewed() throws IOException {
    String out = certificates.toString();
    CommandLineRun made =
        CommandLineRun.of("cluster", "certificates", "--out", out, "node-1", HOST);
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.out())
        .containsPattern("node-1.pem: of node-1, valid until 20\\d\\d-\\d\\d-\\d\\d\n")
        .contains("in the experiment: cluster { host = \"node-1\", tls-path = \"" + out + "\" }");
    byte[] authority = Files.readAllBytes(certificates.resolve("ca.pem"));
    byte[] before = Files.readAllBytes(certificates.resolve("node-1.pem"));
    assertThat(CommandLineRun.of("cluster", "certificates", "--out", out, "node-1").code())
        .isZero();
    assertThat(certificates.resolve("ca.pem")).hasBinaryContent(authority);
    assertThat(Files.readAllBytes(certificates.resolve("node-1.pem"))).isNotEqualTo(before);
  }
}
