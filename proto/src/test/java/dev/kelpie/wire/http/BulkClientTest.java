package dev.kelpie.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BulkClientTest {
  private static final int BYTES = 3_000_000;
  private static final BulkClient.Progress SILENT = (bytes, total) -> {};

  private final Path folder;
  private final byte[] bytes = new byte[BYTES];
  private final BulkServer server = BulkServer.start(BulkServer.Options.DEFAULTS);
  private final BulkClient client = new BulkClient(BulkClient.Options.DEFAULTS);
  private final Path target;
  private String sha256 = "";
  private String url = "";

  BulkClientTest(@TempDir Path folder) {
    this.folder = folder;
    this.target = folder.resolve("cache/copy.arrow");
    new Random(2).nextBytes(bytes);
  }

  @BeforeEach
  void offerFile() throws IOException {
    Path source = Files.write(folder.resolve("source.arrow"), bytes);
    sha256 = Sha256.of(source);
    url = server.offer(new FileTicket(source.toString(), "", BYTES, sha256)).url();
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void opensTheFileWhereItLiesOnTheSameHost() {
    Path source = folder.resolve("source.arrow");
    FileTicket ticket = new FileTicket(source.toString(), url, BYTES, sha256);
    assertThat(client.resolve(ticket, folder.resolve("cache"))).isEqualTo(source);
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void downloadsAFileThatIsNotOnThisHostOnce() {
    FileTicket ticket = new FileTicket("/elsewhere/source.arrow", url, BYTES, sha256);
    Path first = client.resolve(ticket, folder.resolve("cache"));
    assertThat(first).hasFileName(sha256 + ".arrow").hasBinaryContent(bytes);
    server.close();
    assertThat(client.resolve(ticket, folder.resolve("cache"))).isEqualTo(first);
    client.forget(ticket, folder.resolve("cache"));
    assertThat(first).doesNotExist();
  }

  @Test
  void doesNotTrustAFileOfTheSamePathThatAnotherHostNamed() throws IOException {
    byte[] old = bytes.clone();
    old[5] ^= 1;
    Path source = Files.write(folder.resolve("source.arrow"), old);
    FileTicket ticket =
        new FileTicket(source.toString(), "http://192.0.2.1:1/sha256/" + sha256, BYTES, sha256);
    BulkClient hasty =
        new BulkClient(
            new BulkClient.Options(
                BulkClient.Options.DEFAULTS.token(),
                BulkClient.Options.DEFAULTS.tls(),
                Duration.ofMillis(50),
                Duration.ofMillis(50)));
    assertThatThrownBy(() -> hasty.resolve(ticket, folder.resolve("cache")))
        .hasMessageContaining("no holder gave it: http://192.0.2.1:1");
  }

  @Test
  void saysSoWhenAFileIsNeitherHereNorServed() {
    FileTicket ticket = new FileTicket("/elsewhere/source.arrow", "", BYTES, sha256);
    assertThatThrownBy(() -> client.resolve(ticket, folder.resolve("cache")))
        .hasMessage(
            "/elsewhere/source.arrow (expected: 3000000 bytes on this host; it is not served)");
    assertThatThrownBy(() -> client.download(List.of("nowhere"), BYTES, sha256, target, SILENT))
        .hasMessageContaining("'nowhere' is not an address");
  }

  @Test
  void reportsProgressUpToTheWholeLength() {
    List<Long> arrived = new ArrayList<>();
    client.download(List.of(url), BYTES, sha256, target, (done, total) -> arrived.add(done));
    assertThat(arrived).isSorted().endsWith((long) BYTES);
  }

  @Test
  void goesOnAfterACutConnection() throws IOException {
    // Each connection passes 800,000 bytes, heads included: 3,000,000 take four.
    try (CuttingProxy proxy = new CuttingProxy(server.port(), 800_000, false)) {
      client.download(List.of(behind(proxy)), BYTES, sha256, target, SILENT);
      assertThat(target).hasBinaryContent(bytes);
      assertThat(proxy.connections()).isEqualTo(4);
    }
  }

  @Test
  void goesOnWhereAnEarlierProcessStopped() throws IOException {
    Files.createDirectories(folder.resolve("cache"));
    Files.write(folder.resolve("cache/.copy.arrow.part"), Arrays.copyOf(bytes, 2_000_000));
    List<Long> arrived = new ArrayList<>();
    client.download(List.of(url), BYTES, sha256, target, (done, total) -> arrived.add(done));
    assertThat(arrived.get(0)).isGreaterThan(2_000_000);
    assertThat(target).hasBinaryContent(bytes);
  }

  @Test
  void startsAgainWhenWhatWasThereIsWrong() throws IOException {
    Files.createDirectories(folder.resolve("cache"));
    for (int length : new int[] {2_000_000, BYTES, BYTES + 1}) {
      Files.write(folder.resolve("cache/.copy.arrow.part"), new byte[length]);
      client.download(List.of(url), BYTES, sha256, target, SILENT);
      assertThat(target).hasBinaryContent(bytes);
      Files.delete(target);
    }
  }

  @Test
  void leavesAHolderThatStallsForTheNext() throws IOException {
    BulkClient hasty =
        new BulkClient(BulkClient.Options.DEFAULTS.withReadTimeout(Duration.ofMillis(200)));
    try (CuttingProxy proxy = new CuttingProxy(server.port(), 100_000, true)) {
      hasty.download(List.of(behind(proxy), url), BYTES, sha256, target, SILENT);
      assertThat(target).hasBinaryContent(bytes);
      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @Test
  void triesTheNextHolderWhenOneIsGoneOrWrong() throws IOException {
    byte[] wrong = bytes.clone();
    wrong[BYTES - 1] ^= 1;
    Files.write(folder.resolve("wrong.arrow"), wrong);
    String lying = server.share("wrong", folder) + "wrong.arrow";
    String gone = server.baseUrl() + "/sha256/" + "0".repeat(64);
    client.download(
        List.of("http://127.0.0.1:1/", gone, lying, url), BYTES, sha256, target, SILENT);
    assertThat(target).hasBinaryContent(bytes);
  }

  @Test
  void refusesAWrongChecksumInOneLineAndLeavesNoFile() {
    String other = "1".repeat(64);
    assertThatThrownBy(() -> client.download(List.of(url), BYTES, other, target, SILENT))
        .hasMessageContaining("SHA-256 " + sha256 + " (expected: " + other + ")")
        .message()
        .doesNotContain("\n");
    assertThat(target).doesNotExist();
  }

  @Test
  void refusesAFileThatIsShorterOrLongerThanItsTicket() {
    for (int length : new int[] {BYTES - 1, BYTES + 1}) {
      assertThatThrownBy(() -> client.download(List.of(url), length, sha256, target, SILENT))
          .hasMessageContaining("no holder gave it");
      assertThat(target).doesNotExist();
    }
  }

  @Test
  void downloadsManyFilesAndOneFileManyTimesAtOnce() throws Exception {
    List<Callable<Path>> downloads = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      // One client for half of them, a client each for the others: as several processes would.
      BulkClient one = i % 2 == 0 ? client : new BulkClient(BulkClient.Options.DEFAULTS);
      Path path = folder.resolve("cache/copy-" + i % 6 + ".arrow");
      downloads.add(() -> one.download(List.of(url), BYTES, sha256, path, SILENT));
    }
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (Future<Path> done : threads.invokeAll(downloads)) {
        assertThat(done.get()).hasBinaryContent(bytes);
      }
    } finally {
      threads.shutdownNow();
    }
    try (var paths = Files.list(folder.resolve("cache"))) {
      assertThat(paths).hasSize(6);
    }
  }

  private String behind(CuttingProxy proxy) {
    return proxy.baseUrl() + "/sha256/" + sha256;
  }
}
