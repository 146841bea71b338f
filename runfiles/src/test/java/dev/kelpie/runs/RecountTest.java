package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.runs.LedgerEvent.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal counted again from disk, by somebody who only looks. */
class RecountTest {
  private static final GroupId TRAINED = new GroupId(Purpose.ROLLOUT, 2, 0);
  private static final GroupId MEASURED = new GroupId(Purpose.EVAL, 3, 0);

  @TempDir private Path folder = Path.of("");

  @Test
  void evaluationThatWasCutOffBeginsAnewAndACompleteOneDoesNot() {
    try (Journal journal = Journal.open(folder)) {
      whole(journal, MEASURED, 0);
      journal.append(new JournalEvent.Rewound(3));
      whole(journal, MEASURED, 1);
      journal.append(new JournalEvent.Evaluated(3, Map.of()));
      journal.append(new JournalEvent.Rewound(3));
      happen(journal, MEASURED, 2, Kind.ISSUED);
    }

    LedgerCheck check = RunLog.recount(folder).ledger();

    assertThat(check.violations())
        .containsExactly(MEASURED + " attempt 2: ISSUED, but it was CONSUMED as attempt 1");
    assertThat(check.measured()).isEqualTo(8);
    assertThat(check.dropped()).isEqualTo(8);
  }

  @Test
  void whatIsRewoundIsDroppedAndMayBeIssuedAgain() {
    try (Journal journal = Journal.open(folder)) {
      whole(journal, TRAINED, 0);
      journal.append(new JournalEvent.Rewound(1));
      happen(journal, TRAINED, 1, Kind.ISSUED);
    }

    LedgerCheck check = RunLog.recount(folder).ledger();

    assertThat(check.clean()).isTrue();
    // 16 issued: 8 dropped by going back, 8 in flight
    assertThat(check.issued()).isEqualTo(16);
    assertThat(check.consumed()).isZero();
    assertThat(check.dropped()).isEqualTo(8);
    assertThat(check.inFlight()).isEqualTo(8);
  }

  @Test
  void countsWhatIsReadableAndForgivesOnlyATornLastLine() throws IOException {
    try (Journal journal = Journal.open(folder)) {
      journal.append(new JournalEvent.Checkpointed(1));
      journal.append(new JournalEvent.Checkpointed(2));
    }
    Path segment = folder.resolve("000001.jsonl");
    Files.writeString(segment, "{\"bytes\":38,\"cr", StandardOpenOption.APPEND);
    assertThat(RunLog.recount(folder).ledger().clean()).isTrue();
    assertThat(RunLog.recount(folder).lines()).isEqualTo(2);

    Files.writeString(segment, Files.readString(segment).replaceFirst("\"step\":1", "\"step\":7"));

    assertThat(RunLog.recount(folder).lines()).isEqualTo(1);
    assertThat(RunLog.recount(folder).ledger().violations())
        .containsExactly("000001.jsonl:1: damaged line (expected: its length and CRC to fit)");
  }

  @Test
  void lastEventIsThatOfTheNewestSegmentAndNoneWhenItIsTorn() throws IOException {
    for (String status : new String[] {"stopped", "finished"}) {
      try (Journal journal = Journal.open(folder)) {
        journal.append(new JournalEvent.Checkpointed(4));
        journal.append(new JournalEvent.Ended(status, 4));
      }
    }
    assertThat(Journal.lastEvent(folder)).contains(new JournalEvent.Ended("finished", 4));

    Path segment = folder.resolve("000002.jsonl");
    String text = Files.readString(segment);
    Files.writeString(segment, text.substring(0, text.length() - 5));

    assertThat(Journal.lastEvent(folder)).isEmpty();
    assertThat(Journal.lastEvent(folder.resolve("nowhere"))).isEmpty();
  }

  private static void whole(Journal journal, GroupId group, int attempt) {
    happen(journal, group, attempt, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);
  }

  /** Eight samples; sampled with the version that their step trains, so without lag. */
  private static void happen(Journal journal, GroupId group, int attempt, Kind... kinds) {
    for (Kind kind : kinds) {
      long number =
          switch (kind) {
            case ISSUED -> group.step() - 1;
            case CONSUMED -> group.step();
            default -> 0;
          };
      journal.append(
          new JournalEvent.Samples(new LedgerEvent(kind, group, 8, attempt, number, "")));
    }
  }
}
