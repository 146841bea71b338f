package dev.kelpie.wire.broadcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.wire.file.ChunkList;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.http.BearerToken;
import dev.kelpie.wire.http.BulkClient;
import dev.kelpie.wire.http.BulkServer;
import dev.kelpie.wire.http.ChunkedSource;
import dev.kelpie.wire.tls.CertificateAuthority;
import dev.kelpie.wire.tls.NodeTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BroadcastTest {
  private static final int CHUNK = 3 << 20;
  private static final int CHUNKS = 8;
  private static final int BYTES = CHUNK * CHUNKS;
  private static final long FAST = 1L << 40;

  private final Path folder;
  private final byte[] bytes = new byte[BYTES];
  private final BulkServer source = BulkServer.start(BulkServer.Options.DEFAULTS);
  private final Receivers receivers = new Receivers();
  private ChunkList list = new ChunkList(List.of());
  private ChunkedTicket ticket = new ChunkedTicket("/elsewhere/w.arrow", "", 0, "0".repeat(64));

  BroadcastTest(@TempDir Path folder) {
    this.folder = folder;
    new Random(4).nextBytes(bytes);
  }

  @BeforeEach
  void offerFile() throws IOException {
    ChunkList.Builder chunks = new ChunkList.Builder();
    for (int i = 0; i < CHUNKS; i++) {
      MessageDigest digest = Sha256.digest();
      digest.update(bytes, i * CHUNK, CHUNK);
      chunks.add(CHUNK, Sha256.hex(digest));
    }
    list = chunks.build();
    Path file = Files.write(folder.resolve("source.arrow"), bytes);
    String url = source.offer(list.sha256(), ChunkedSource.whole(file, list));
    ticket = new ChunkedTicket("/elsewhere/w.arrow", url, BYTES, list.sha256());
  }

  @AfterEach
  void close() {
    receivers.close();
    source.close();
  }

  private void requireBytes(Path file) throws IOException {
    assertThat(Files.mismatch(file, folder.resolve("source.arrow"))).isEqualTo(-1);
  }

  private Receivers.Receiver receiver(String name) {
    return receivers.add(folder.resolve(name));
  }

  /** Another holder of the whole file, that sends {@code content}. */
  private String holder(BulkServer server, byte[] content) throws IOException {
    Path file = Files.write(Files.createTempFile(folder, "holder", ".arrow"), content);
    return server.offer(list.sha256(), ChunkedSource.whole(file, list));
  }

  @Test
  void downloadsAFileOnceAndServesItUntilItIsForgotten() throws Exception {
    Receivers.Receiver one = receiver("one");
    Path file = one.fetch(ticket).get();
    assertThat(file).isEqualTo(one.target(ticket));
    requireBytes(file);
    source.close();
    assertThat(one.fetch(ticket).get()).isEqualTo(file);
    String url = one.server.baseUrl() + "/chunked/" + list.sha256();
    Receivers.Receiver two = receiver("two");
    requireBytes(two.fetch(ticket.at(url)).get());
    one.broadcast.forget(ticket, file);
    assertThat(file).doesNotExist();
    Receivers.Receiver three = receiver("three");
    assertThatThrownBy(() -> three.fetch(ticket.at(url)).get()).hasMessageContaining("HTTP 404");
  }

  @Test
  void twoReceiversGetFromEachOtherWhatTheSourceSendsOnce() throws Exception {
    // 24 MiB at 30 MB/s: 0.8 s when each block is sent once, 1.7 s when each is sent twice.
    try (ThrottlingProxy proxy = ThrottlingProxy.at(source.port(), 30_000_000)) {
      ChunkedTicket slow = ticket.at(proxy.url(ticket.url()));
      Receivers.Receiver one = receiver("one");
      Receivers.Receiver two = receiver("two");
      Future<Path> first = one.fetch(slow);
      Future<Path> second = two.fetch(slow);
      requireBytes(first.get());
      requireBytes(second.get());
      assertThat(proxy.passed()).isLessThan(BYTES * 16L / 10);
      assertThat(one.announced.get(0).held()).isEqualTo(Ranges.NONE);
      assertThat(one.announced.get(0).wants()).isTrue();
    }
  }

  @Test
  void abandonsItsDownloadsWithTheListener() throws Exception {
    Receivers.Receiver one = receiver("one");
    try (ThrottlingProxy proxy = ThrottlingProxy.at(source.port(), 1_000_000)) {
      Future<Path> file = one.fetch(ticket.at(proxy.url(ticket.url())));
      while (one.announced.isEmpty()) {
        assertThat(file).isNotDone();
        TimeUnit.MILLISECONDS.sleep(5);
      }
      one.broadcast.forgetListener(holding -> {}); // not the one that it has
      assertThat(file).isNotDone();
      one.leave();
      assertThatThrownBy(() -> file.get(5, TimeUnit.SECONDS))
          .hasMessageContaining("abandoned, because the coordinator that announced it is gone");
    }
    assertThatThrownBy(() -> one.fetch(ticket).get()).hasMessageContaining("abandoned");
    one.join();
    requireBytes(one.fetch(ticket).get());
  }

  @Test
  void continuesWhereItWasCutOff() throws Exception {
    Receivers.Receiver one = receiver("one");
    long sent;
    try (ThrottlingProxy proxy = new ThrottlingProxy(source.port(), FAST, BYTES * 3L / 4, false)) {
      ChunkedTicket cut = ticket.at(proxy.url(ticket.url()));
      assertThatThrownBy(() -> one.fetch(cut).get())
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("no holder gave it: " + cut.url())
          .message()
          .doesNotContain("\n");
      sent = proxy.passed();
    }
    assertThat(one.target(ticket)).doesNotExist();
    // A process that was killed meanwhile, and began anew: bytes with a wrong hash do not count.
    Receivers.Receiver again = receiver("one");
    try (ThrottlingProxy proxy = ThrottlingProxy.at(source.port(), FAST)) {
      requireBytes(again.fetch(ticket.at(proxy.url(ticket.url()))).get());
      assertThat(sent).isGreaterThan(BYTES / 2);
      assertThat(proxy.passed()).isLessThan(BYTES * 3L / 4);
    }
  }

  @Test
  void checksAFileThatIsThereAlready() throws Exception {
    Receivers.Receiver one = receiver("one");
    byte[] flipped = bytes.clone();
    flipped[5 * CHUNK + 7] ^= 1;
    Files.createDirectories(folder.resolve("one"));
    Files.write(one.target(ticket), flipped);
    try (ThrottlingProxy proxy = ThrottlingProxy.at(source.port(), FAST)) {
      requireBytes(one.fetch(ticket.at(proxy.url(ticket.url()))).get());
      assertThat(proxy.passed()).isBetween((long) CHUNK, CHUNK * 2L);
    }
  }

  @Test
  void aFlippedByteIsFoundAndFetchedFromAnotherHolder() throws Exception {
    byte[] flipped = bytes.clone();
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      flipped[chunk * CHUNK + 99] ^= 1;
    }
    // Two holders with the right bytes, so that it does not need the source alone.
    try (BulkServer lying = BulkServer.start(BulkServer.Options.DEFAULTS);
        ThrottlingProxy proxy = ThrottlingProxy.at(source.port(), 20_000_000);
        ThrottlingProxy wrong = ThrottlingProxy.at(lying.port(), FAST)) {
      Receivers.Receiver one = receiver("one");
      Future<Path> file = one.fetch(ticket.at(proxy.url(ticket.url())));
      String url = wrong.url(holder(lying, flipped));
      while (one.announced.isEmpty()) {
        Thread.onSpinWait();
      }
      one.broadcast.heard(receivers.word(0, list.sha256(), url, Ranges.all(BYTES)));
      requireBytes(file.get());
      // It is left after its third wrong block.
      assertThat(wrong.passed()).isBetween((long) CHUNK, 4L * CHUNK);
    }
  }

  @Test
  void refusesAFileWhoseOnlyHolderHasWrongBytes() throws Exception {
    byte[] flipped = bytes.clone();
    flipped[BYTES - 1] ^= 1;
    try (BulkServer lying = BulkServer.start(BulkServer.Options.DEFAULTS)) {
      ChunkedTicket wrong = ticket.at(holder(lying, flipped));
      Receivers.Receiver one = receiver("one");
      assertThatThrownBy(() -> one.fetch(wrong).get())
          .hasMessageContaining("wrong bytes at " + (BYTES - CHUNK) + " to " + (BYTES - 1));
      assertThat(one.target(wrong)).doesNotExist();
    }
  }

  @Test
  void aSlowHolderAndASilentOneHoldNothingUp() throws Exception {
    try (BulkServer server = BulkServer.start(BulkServer.Options.DEFAULTS);
        ThrottlingProxy slow = ThrottlingProxy.at(server.port(), 300_000);
        ThrottlingProxy silent = new ThrottlingProxy(server.port(), FAST, CHUNK / 2, true);
        ThrottlingProxy proxy = ThrottlingProxy.at(source.port(), 20_000_000)) {
      String url = holder(server, bytes);
      Receivers.Receiver one = receiver("one");
      long start = System.nanoTime();
      Future<Path> file = one.fetch(ticket.at(proxy.url(ticket.url())));
      while (one.announced.isEmpty()) {
        Thread.onSpinWait();
      }
      for (ThrottlingProxy other : List.of(slow, silent)) {
        one.broadcast.heard(receivers.word(0, list.sha256(), other.url(url), Ranges.all(BYTES)));
      }
      requireBytes(file.get(20, TimeUnit.SECONDS));
      // 1.3 s from the source alone; a block of the slow one takes 10 s, of the silent one for
      // ever.
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(7));
      assertThat(slow.passed()).isPositive();
      assertThat(silent.passed()).isGreaterThan(CHUNK / 2);
    }
  }

  @Test
  void aHolderThatDiesInTheMiddleIsReplaced() throws Exception {
    try (BulkServer server = BulkServer.start(BulkServer.Options.DEFAULTS);
        ThrottlingProxy dying = new ThrottlingProxy(server.port(), FAST, CHUNK * 3L / 2, false);
        ThrottlingProxy proxy = ThrottlingProxy.at(source.port(), 20_000_000)) {
      String url = dying.url(holder(server, bytes));
      Receivers.Receiver one = receiver("one");
      Future<Path> file = one.fetch(ticket.at(proxy.url(ticket.url())));
      while (one.announced.isEmpty()) {
        Thread.onSpinWait();
      }
      one.broadcast.heard(receivers.word(0, list.sha256(), url, Ranges.all(BYTES)));
      requireBytes(file.get());
      assertThat(dying.passed()).isGreaterThan(CHUNK * 3L / 2);
    }
  }

  @Test
  void theSourceMayDieOnceAnotherHasTheFile() throws Exception {
    Receivers.Receiver one = receiver("one");
    one.fetch(ticket).get();
    Receivers.Receiver two = receiver("two");
    try (ThrottlingProxy dying = new ThrottlingProxy(source.port(), FAST, CHUNK, false)) {
      Future<Path> file = two.fetch(ticket.at(dying.url(ticket.url())));
      while (two.announced.isEmpty()) {
        Thread.onSpinWait();
      }
      String url = one.server.baseUrl() + "/chunked/" + list.sha256();
      two.broadcast.heard(receivers.word(1, list.sha256(), url, Ranges.all(BYTES)));
      requireBytes(file.get());
    }
  }

  @Test
  void hostsOfAClusterExchangeFilesByCertificateAndToken() throws Exception {
    BearerToken token = BearerToken.random();
    CertificateAuthority authority = CertificateAuthority.openOrCreate(folder.resolve("ca"));
    NodeTls tls = NodeTls.open(authority.issue("127.0.0.1", Duration.ofDays(1)));
    BulkServer.Options guarded = BulkServer.Options.DEFAULTS.withTls(tls).withToken(token);
    BulkClient.Options client = BulkClient.Options.DEFAULTS.withTls(tls);
    // A small file: until the JDK has compiled it, its encryption is slow.
    byte[] few = Arrays.copyOf(bytes, 100_000);
    MessageDigest digest = Sha256.digest();
    digest.update(few);
    list = new ChunkList.Builder().add(few.length, Sha256.hex(digest)).build();
    Files.write(folder.resolve("source.arrow"), few);
    try (BulkServer learner = BulkServer.start(guarded)) {
      ChunkedTicket safe =
          new ChunkedTicket("/elsewhere", holder(learner, few), few.length, list.sha256());
      assertThat(safe.url()).startsWith("https://");
      Receivers.Receiver one =
          receivers.add(guarded, client.withToken(token), folder.resolve("one"));
      requireBytes(one.fetch(safe).get());
      // the same from the one that has it now, and not with another token
      ChunkedTicket served = safe.at(one.server.baseUrl() + "/chunked/" + list.sha256());
      Receivers.Receiver two =
          receivers.add(guarded, client.withToken(token), folder.resolve("two"));
      requireBytes(two.fetch(served).get());
      BulkClient.Options stranger = client.withToken(BearerToken.random());
      Receivers.Receiver three = receivers.add(guarded, stranger, folder.resolve("three"));
      assertThatThrownBy(() -> three.fetch(served).get()).hasMessageContaining("HTTP 401");
      assertThat(folder.resolve("three")).doesNotExist();
    }
  }

  @Test
  void servesOnlyWhatIsThere() throws Exception {
    Receivers.Receiver one = receiver("one");
    try (ThrottlingProxy silent = new ThrottlingProxy(source.port(), FAST, CHUNK * 13L / 2, true)) {
      Future<Path> file = one.fetch(ticket.at(silent.url(ticket.url())));
      while (one.announced.stream().noneMatch(holding -> holding.held().bytes() >= CHUNK)) {
        Thread.sleep(5);
      }
      Holding part = one.announced.get(one.announced.size() - 1);
      assertThat(part.wants()).isTrue();
      Receivers.Receiver two = receiver("two");
      assertThatThrownBy(() -> two.fetch(ticket.at(part.url())).get())
          .hasMessageContaining("HTTP 404");
      file.cancel(true);
    }
  }
}
