package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.ScorerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final List<JournalEvent> EVENTS =
      List.of(
          new JournalEvent.Started(0, 11),
          samples(LedgerEvent.Kind.ISSUED, 3, ""),
          samples(LedgerEvent.Kind.RECEIVED, 0, ""),
          samples(LedgerEvent.Kind.REWARDED, 1, ""),
          samples(LedgerEvent.Kind.CONSUMED, 4, ""),
          samples(LedgerEvent.Kind.DROPPED, 0, "über \"alles\"\n"),
          new JournalEvent.Committed(4, "ab".repeat(32), "", Optional.empty()),
          new JournalEvent.Committed(
              5,
              "ab".repeat(32),
              "cd".repeat(32),
              Optional.of(new ScorerState(5, "ef".repeat(32)))),
          samples(LedgerEvent.Kind.REPLAYED, 6, ""),
          new JournalEvent.IterationBegan(4, 2, "ab".repeat(32)),
          new JournalEvent.Advanced(4, "extrapolate", "ef".repeat(32)),
          new JournalEvent.BranchDiscarded(4, 0, "cd".repeat(32)),
          new JournalEvent.Scaled(
              4, Map.of("rm", new Scale(3, 0.1 + 0.2, 1e-300), "a", new Scale(0, 0, 0))),
          new JournalEvent.Checkpointed(4),
          new JournalEvent.Rewound(2),
          new JournalEvent.Evaluated(2, Map.of("eval/reward/mean", 0.25)),
          new JournalEvent.Best(new BestEvaluation(2, "eval/reward/mean", 0.25)),
          new JournalEvent.Ended("finished", 4));

  private static JournalEvent samples(LedgerEvent.Kind kind, long number, String reason) {
    GroupId group = new GroupId(Purpose.ROLLOUT, 4, 7);
    return new JournalEvent.Samples(new LedgerEvent(kind, group, 8, 1, number, reason));
  }

  @Test
  void replaysEveryKindOfEventAcrossSegments(@TempDir Path folder) {
    write(folder, EVENTS.subList(0, 6));
    write(folder, EVENTS.subList(6, EVENTS.size()));

    assertThat(read(folder)).isEqualTo(EVENTS);
    assertThat(folder.resolve("000001.jsonl")).exists();
    assertThat(folder.resolve("000002.jsonl")).exists();
  }

  @Test
  void dropsATornLastLineAtEveryLength(@TempDir Path temp) throws IOException {
    write(temp.resolve("whole"), EVENTS.subList(0, 3));
    byte[] bytes = Files.readAllBytes(temp.resolve("whole").resolve("000001.jsonl"));
    int lastLine = JournalLine.write(EVENTS.get(2)).length() + 1;
    for (int cut = 1; cut <= lastLine; cut++) {
      Path folder = Files.createDirectories(temp.resolve("cut-" + cut));
      Files.write(folder.resolve("000001.jsonl"), Arrays.copyOf(bytes, bytes.length - cut));
      assertThat(read(folder)).as("%s bytes cut", cut).isEqualTo(EVENTS.subList(0, 2));
    }
  }

  @Test
  void refusesALineThatWasChangedInTheMiddle(@TempDir Path folder) throws IOException {
    write(folder, EVENTS);
    Path segment = folder.resolve("000001.jsonl");
    String text = Files.readString(segment);
    Files.writeString(
        segment,
        text.replaceFirst("\"samples\":8", "\"samples\":9"),
        StandardOpenOption.TRUNCATE_EXISTING);

    assertThatThrownBy(() -> read(folder)).hasMessageContaining("000001.jsonl:2: damaged line");
  }

  @Test
  void everyLineIsJson(@TempDir Path folder) throws IOException {
    write(folder, EVENTS);

    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(folder.resolve("000001.jsonl"))) {
      assertThat(json.readTree(line).path("event").path("kind").asText()).isNotEmpty();
    }
  }

  @Test
  void fullDiskLeavesNoHalfLineAndItsLinesWait(@TempDir Path folder) throws IOException {
    Path segment = folder.resolve("000001.jsonl");
    try (TornChannel channel = new TornChannel(segment);
        Journal journal = new Journal(folder, 1, channel)) {
      journal.append(EVENTS.get(0));
      journal.sync();
      journal.append(EVENTS.get(1));
      channel.room = 10;
      assertThatThrownBy(journal::sync).hasMessageContaining("no space");
      assertThat(read(folder)).isEqualTo(EVENTS.subList(0, 1));
      assertThat(Files.readString(segment)).endsWith("\n");

      channel.room = Integer.MAX_VALUE;
      journal.append(EVENTS.get(2));
      journal.sync();
      assertThat(read(folder)).isEqualTo(EVENTS.subList(0, 3));
    }
  }

  private static void write(Path folder, List<JournalEvent> events) {
    try (Journal journal = Journal.open(folder)) {
      events.forEach(journal::append);
    }
  }

  private static List<JournalEvent> read(Path folder) {
    List<JournalEvent> events = new ArrayList<>();
    Journal.replay(folder, events::add);
    return events;
  }
}
