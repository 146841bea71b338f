package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.FinishedRun;
import dev.kelpie.runs.JournalCount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FinishedRun.Maker.class)
class JournalCountTest {
  private final FinishedRun run;

  @TempDir private Path scratch = Path.of("");

  JournalCountTest(FinishedRun run) {
    this.run = run;
  }

  @Test
  void countsWhatTheRunItselfCounted() throws IOException {
    JsonNode ledger =
        JsonMapper.builder()
            .build()
            .readTree(run.folder().resolve("summary.json").toFile())
            .path("ledger");
    JournalCount count = JournalCount.of(run.folder().resolve("events"));
    assertThat(count.problems()).isEmpty();
    assertThat(count.issued()).isEqualTo(ledger.path("issued").asLong());
    // two steps of 8 prompts with 8 responses
    assertThat(count.consumed()).isEqualTo(ledger.path("consumed").asLong()).isEqualTo(2 * 8 * 8);
    assertThat(count.measured()).isEqualTo(ledger.path("measured").asLong());
    assertThat(count.dropped()).isEqualTo(ledger.path("dropped").asLong());
    assertThat(count.inFlight()).isEqualTo(ledger.path("in-flight").asLong());
  }

  @Test
  void evaluationThatWasCutOffBeginsAnew() throws IOException {
    String group = "\"purpose\":\"eval\",\"step\":3,\"index\":0,\"samples\":8,\"attempt\":";
    write(
        "{\"kind\":\"issued\"," + group + "0,\"version\":3}",
        "{\"kind\":\"received\"," + group + "0}",
        "{\"kind\":\"rewarded\"," + group + "0,\"failed\":0}",
        "{\"kind\":\"consumed\"," + group + "0,\"by-step\":3}",
        "{\"kind\":\"rewound\",\"step\":3}",
        "{\"kind\":\"issued\"," + group + "1,\"version\":3}",
        "{\"kind\":\"received\"," + group + "1}",
        "{\"kind\":\"rewarded\"," + group + "1,\"failed\":0}",
        "{\"kind\":\"consumed\"," + group + "1,\"by-step\":3}",
        "{\"kind\":\"evaluated\",\"step\":3,\"values\":{}}",
        "{\"kind\":\"rewound\",\"step\":3}",
        "{\"kind\":\"issued\"," + group + "2,\"version\":3}");
    JournalCount count = JournalCount.of(scratch);
    // The first was cut off; the second was complete, and nothing is to be measured again.
    assertThat(count.problems()).containsExactly("eval 3/0 was issued again while consumed");
    assertThat(count.measured()).isEqualTo(8);
    assertThat(count.dropped()).isEqualTo(8);
  }

  @Test
  void findsASampleThatIsConsumedTwiceAndOneThatNobodyIssued() throws IOException {
    String group = "\"purpose\":\"rollout\",\"step\":1,\"index\":0,\"samples\":8,\"attempt\":0";
    write(
        "{\"kind\":\"issued\"," + group + ",\"version\":0}",
        "{\"kind\":\"received\"," + group + "}",
        "{\"kind\":\"rewarded\"," + group + ",\"failed\":0}",
        "{\"kind\":\"consumed\"," + group + ",\"by-step\":1}",
        "{\"kind\":\"consumed\"," + group + ",\"by-step\":2}",
        "{\"kind\":\"received\"," + group.replace("\"index\":0", "\"index\":5") + "}");
    JournalCount count = JournalCount.of(scratch);
    assertThat(count.problems())
        .containsExactly(
            "rollout 1/0 was consumed after it was consumed",
            "rollout 1/5 was received after it was never issued");
    assertThat(count.consumed()).isEqualTo(8);
  }

  @Test
  void whatIsRewoundIsDroppedAndMayBeIssuedAgain() throws IOException {
    String group = "\"purpose\":\"rollout\",\"step\":2,\"index\":0,\"samples\":8,";
    write(
        "{\"kind\":\"issued\"," + group + "\"attempt\":0,\"version\":1}",
        "{\"kind\":\"received\"," + group + "\"attempt\":0}",
        "{\"kind\":\"rewarded\"," + group + "\"attempt\":0,\"failed\":0}",
        "{\"kind\":\"consumed\"," + group + "\"attempt\":0,\"by-step\":2}",
        "{\"kind\":\"rewound\",\"step\":1}",
        "{\"kind\":\"issued\"," + group + "\"attempt\":1,\"version\":1}");
    JournalCount count = JournalCount.of(scratch);
    assertThat(count.problems()).isEmpty();
    // 16 issued: 8 dropped by going back, 8 in flight
    assertThat(List.of(count.issued(), count.consumed(), count.dropped(), count.inFlight()))
        .containsExactly(16L, 0L, 8L, 8L);
  }

  @Test
  void forgivesOnlyATornLastLine() throws IOException {
    write("{\"kind\":\"checkpointed\",\"step\":1}", "{\"kind\":\"checkpointed\",\"step\":2}");
    Path segment = scratch.resolve("000001.jsonl");
    Files.writeString(segment, "{\"bytes\":38,\"cr", StandardOpenOption.APPEND);
    assertThat(JournalCount.of(scratch).problems()).isEmpty();
    assertThat(JournalCount.of(scratch).lines()).isEqualTo(2);
    Files.writeString(segment, Files.readString(segment).replaceFirst("\"step\":1", "\"step\":7"));
    assertThat(JournalCount.of(scratch).problems())
        .containsExactly("000001.jsonl:1: damaged line (expected: its length and CRC to fit)");
  }

  private void write(String... events) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String event : events) {
      byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
      CRC32C crc = new CRC32C();
      crc.update(bytes);
      lines.append(
          String.format(
              "{\"bytes\":%d,\"crc\":\"%08x\",\"event\":%s}%n",
              bytes.length, crc.getValue(), event));
    }
    Files.writeString(scratch.resolve("000001.jsonl"), lines);
  }
}
