package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of links, as {@link FaultyRuns} says: what passes them is slow, late, lost or changed. */
@Tag("chaos")
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class LinkFaultsTest {
  private static final Duration LASTS = Duration.ofSeconds(15);
  private static FaultyRuns runs;

  @BeforeAll
  static void startHosts() throws Exception {
    runs = new FaultyRuns(0, "tc", "nft", "python3");
  }

  @AfterAll
  static void endHosts() throws Exception {
    if (runs != null) {
      runs.close();
    }
  }

  @Test
  void slowLink() throws Exception {
    runs.survive(
        "slow-link",
        Duration.ofSeconds(60),
        (cluster, number) -> {
          String link = runs.workerHost(number).link();
          VirtualHosts.run(
              ("tc qdisc add dev " + link + " root tbf rate 8mbit burst 32k latency 200ms")
                  .split(" ", -1));
          FaultyRuns.pause(LASTS);
          VirtualHosts.run("tc", "qdisc", "delete", "dev", link, "root");
        });
  }

  @Test
  void linkThatLosesOneInTwentyPackets() throws Exception {
    runs.survive(
        "loss",
        Duration.ofSeconds(60),
        (cluster, number) -> {
          String table = runs.hosts().name();
          String rule = "add rule bridge " + table + " f ";
          VirtualHosts.run("nft", "add", "table", "bridge", table);
          VirtualHosts.run(
              "nft", "add chain bridge " + table + " f { type filter hook forward priority 0 ; }");
          for (String side : List.of("iifname ", "oifname ")) {
            VirtualHosts.run(
                "nft",
                rule + side + runs.workerHost(number).link() + " numgen random mod 100 < 5 drop");
          }
          FaultyRuns.pause(LASTS);
          VirtualHosts.run("nft", "delete", "table", "bridge", table);
        });
  }

  @Test
  void linkThatIs200MillisecondsLong() throws Exception {
    through("delay", "frames", "--delay", "200");
  }

  @Test
  void framesThatComeTwiceLateOrInAnotherOrder() throws Exception {
    through("twice", "twice", "--twice", "20", "--jitter", "50");
  }

  @Test
  void bytesThatAreChangedBehindTheChecksumOfTcp() throws Exception {
    through("changed", "flipped", "--flip", "2");
  }

  /**
   * Survives a wire in a worker's link.
   *
   * @param counted what the wire must have done at least once in the run
   */
  private static void through(String name, String counted, String... options) throws Exception {
    AtomicLong count = new AtomicLong();
    runs.survive(
        name,
        Duration.ofSeconds(60),
        (cluster, number) -> {
          try (Wire wire = Wire.into(runs.workerHost(number), options)) {
            FaultyRuns.pause(LASTS);
            Matcher done = Pattern.compile("'" + counted + "': (\\d+)").matcher(wire.end());
            assertThat(done.find()).isTrue();
            count.addAndGet(Long.parseLong(done.group(1)));
          }
        });
    System.err.println(name + ": " + count + " " + counted);
    assertThat(count.get()).isPositive();
  }
}
