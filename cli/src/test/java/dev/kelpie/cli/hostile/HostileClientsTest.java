package dev.kelpie.cli.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.train.Ports;
import dev.kelpie.wire.tls.CertificateAuthority;
import dev.kelpie.wire.tls.NodeTls;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An encrypted run whose three ports are attacked by who reaches them. */
class HostileClientsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String HOST = "127.0.0.2";
  private static final Duration DAY = Duration.ofDays(1);
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";
  private static final String ACTORS = "actors";
  private static final String FILES = "files";
  private static final String PAGE = "page";

  @TempDir private Path folder = Path.of("");
  private final Map<String, Attacks> ports = new LinkedHashMap<>();
  private final List<String> accepted = new ArrayList<>();
  private int attempts;

  @Test
  void nobodyIsLetInAndTheRunIsThatOfUndisturbedPorts() throws Exception {
    attackedRun(300, 3);
  }

  @Test
  @Tag("slow")
  void norWithTenThousandIdleConnectionsAtEachPort() throws Exception {
    attackedRun(10_000, 50);
  }

  /** A run that is attacked until it is told that it may end. */
  private void attackedRun(int idle, int repeats) throws Exception {
    NodeTls ours = node("ours", "ours", DAY);
    List<Integer> free = Ports.free(HOST, 3);
    ports.put(ACTORS, new Attacks(HOST, free.get(0)));
    ports.put(FILES, new Attacks(HOST, free.get(1)));
    ports.put(PAGE, new Attacks(HOST, free.get(2)));
    Path token = Files.writeString(folder.resolve("token"), TOKEN);
    List<String> addresses =
        List.of(
            "cluster.host=" + HOST,
            "cluster.port=" + free.get(0),
            "cluster.bulk-port=" + free.get(1),
            "cluster.tls-path=" + folder.resolve("ours"),
            "dashboard.host=" + HOST,
            "dashboard.port=" + free.get(2),
            "dashboard.token-file=" + token);
    long steps;
    try (AttackedRun run = AttackedRun.start(folder.resolve("run"), addresses)) {
      run.awaitStep(2);
      without(repeats);
      strangers(ours, repeats);
      replayed(ours, repeats);
      for (Attacks port : ports.values()) {
        crowd(port, idle);
        run.awaitStep(run.steps() + 2); // while all of them are connected
        assertThat(page(ours)).startsWith("HTTP/1.1 200");
        port.close();
      }
      steps = run.stop();
      System.out.printf(
          Locale.ROOT,
          "%d attempts, %d idle connections a port, %d accepted; %d steps, peak %d MiB%n",
          attempts,
          idle,
          accepted.size(),
          steps,
          run.peakMib());
    }
    assertThat(accepted).isEmpty();
    JsonNode summary = JSON.readTree(folder.resolve("run/summary.json").toFile());
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(summary.get("policy-sha256").asText())
        .isEqualTo(AttackedRun.undisturbed(folder.resolve("alone"), steps));
  }

  private NodeTls node(String cluster, String name, Duration valid) throws IOException {
    CertificateAuthority authority = CertificateAuthority.openOrCreate(folder.resolve(cluster));
    authority.issue(HOST, DAY);
    return NodeTls.open(authority.issue(name, valid));
  }

  private void count(String port, String attack, String answer) {
    attempts++;
    boolean in =
        port.equals(ACTORS)
            ? !answer.isEmpty()
            : answer.startsWith("HTTP/1.1 2") || answer.startsWith("HTTP/1.1 3");
    if (in) {
      accepted.add(port + ": " + attack + ": " + answer.lines().findFirst().orElse(""));
    }
  }

  /** Bytes without TLS. */
  private void without(int repeats) throws IOException {
    for (Map.Entry<String, Attacks> port : ports.entrySet()) {
      Attacks at = port.getValue();
      for (int seed = 0; seed < repeats; seed++) {
        count(port.getKey(), "random bytes", at.bytes(Attacks.garbage(seed)));
      }
      count(port.getKey(), "record of 64 KiB", at.bytes(Attacks.giantRecord()));
      count(port.getKey(), "frame of 2 GiB", at.bytes(Attacks.giantFrame()));
      count(port.getKey(), "plain HTTP", at.bytes(at.request("/?token=" + TOKEN)));
    }
  }

  /** Handshakes without a certificate, with a wrong one and with one that has expired. */
  private void strangers(NodeTls ours, int repeats) throws Exception {
    Map<String, SSLContext> strangers = new LinkedHashMap<>();
    strangers.put("no certificate", withoutCertificate());
    strangers.put("another authority", trustingUs(node("theirs", "them", DAY)).context());
    NodeTls old = node("ours", "old", Duration.ofSeconds(2));
    Instant end = old.certificate().getNotAfter().toInstant();
    while (!Instant.now().isAfter(end.plusMillis(500))) {
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
    strangers.put("expired", old.context());
    for (Map.Entry<String, Attacks> port : ports.entrySet()) {
      Attacks at = port.getValue();
      for (Map.Entry<String, SSLContext> stranger : strangers.entrySet()) {
        for (int i = 0; i < repeats; i++) {
          byte[] sent =
              port.getKey().equals(ACTORS)
                  ? Attacks.giantFrame()
                  : at.request("/", "Authorization: Bearer wrong");
          count(port.getKey(), stranger.getKey(), at.inSession(stranger.getValue(), sent));
        }
      }
      // of the cluster, but without its token, or with what is none of its messages
      byte[] path = at.request("/by-hash/" + "0".repeat(64), "Authorization: Bearer wrong");
      count(port.getKey(), "wrong token", at.inSession(ours.context(), path));
      if (port.getKey().equals(ACTORS)) {
        for (int seed = 0; seed < repeats; seed++) {
          at.inSession(ours.context(), Attacks.garbage(seed));
        }
        at.inSession(ours.context(), Attacks.giantFrame());
      }
    }
  }

  private SSLContext withoutCertificate() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    byte[] authority = Files.readAllBytes(folder.resolve("ours/ca.pem"));
    store.setCertificateEntry(
        "ca",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(authority)));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /** A host of another cluster that takes the certificates of ours for good. */
  private NodeTls trustingUs(NodeTls theirs) throws IOException {
    assertThat(theirs.certificate()).isNotNull();
    Path both = folder.resolve("both.pem");
    Files.writeString(
        both,
        Files.readString(folder.resolve("ours/ca.pem"))
            + Files.readString(folder.resolve("theirs/ca.pem")));
    TlsFiles files = TlsFiles.of(folder.resolve("theirs"), "them");
    return NodeTls.open(new TlsFiles(both, files.certificate(), files.key(), files.token()));
  }

  /** What a host of the cluster has sent once is sent again. */
  private void replayed(NodeTls ours, int repeats) throws IOException {
    for (Map.Entry<String, Attacks> port : ports.entrySet()) {
      Attacks at = port.getValue();
      byte[] session = at.recorded(ours, at.request("/?token=" + TOKEN));
      assertThat(session.length).isGreaterThan(200);
      for (int i = 0; i < repeats; i++) {
        count(port.getKey(), "replay", at.bytes(session));
      }
    }
  }

  /** Connections that say nothing, and some that send a byte at a time. */
  private static void crowd(Attacks port, int idle) {
    byte[] hello = Attacks.giantRecord();
    assertThat(port.idle(idle)).isEqualTo(idle);
    for (int i = 0; i < 4; i++) {
      port.drip(hello, i);
    }
  }

  private String page(NodeTls ours) throws IOException {
    Attacks at = ports.get(PAGE);
    return at == null
        ? ""
        : at.inSession(ours.context(), at.request("/", "Authorization: Bearer " + TOKEN));
  }
}
