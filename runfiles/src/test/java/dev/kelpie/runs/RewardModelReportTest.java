package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RewardModelReportTest {
  private static final String HELD_OUT =
      "{\"pairs\":4,\"accuracy\":0.75,\"standard-error\":0.2,\"loss\":0.5,"
          + "\"length-bias\":{\"correlation\":null,\"chosen-shorter-pairs\":0},"
          + "\"reliability\":[{\"from\":0.5,\"to\":0.55,\"pairs\":4,\"confidence\":0.52,"
          + "\"accuracy\":\"<b>\"}]}";

  @TempDir private Path folder = Path.of("");

  private void write(String json) throws IOException {
    Files.writeString(folder.resolve("reward-model.json"), json);
  }

  @Test
  void aMemberHasTheResultsOfItsEnsemble() throws IOException {
    for (int member = 1; member <= 2; member++) {
      Path own = Files.createDirectories(folder.resolve("member-" + member));
      Files.writeString(own.resolve("metrics.jsonl"), "{\"format\":1,\"step\":1,\"x\":1}\n");
    }
    RunFolder first = new RunFolder(folder.resolve("member-1"));
    assertThat(RewardModelReport.members(folder)).hasSize(2);
    assertThat(RewardModelReport.read(first)).isEmpty();
    assertThat(RewardModelReport.isIn(first)).isFalse();
    assertThat(RecordedRun.open(first).progress().phase()).isNotEqualTo(RunPhase.FINISHED);

    write(
        "{\"format\":1,\"models\":[{\"folder\":\"member-1\",\"seed\":1,\"steps\":3,\"held-out\":"
            + HELD_OUT
            + "},{\"folder\":\"member-2\",\"seed\":2,\"steps\":3}],\"held-out-of-mean\":"
            + HELD_OUT
            + "}");
    RewardModelReport report = RewardModelReport.read(first).orElseThrow();
    assertThat(report.models()).hasSize(1);
    assertThat(report.mean()).isPresent();
    RewardModelReport.HeldOut heldOut = report.models().get(0).heldOut();
    assertThat(heldOut.accuracy()).isEqualTo(0.75);
    assertThat(heldOut.lengths().correlation()).isNaN();
    // what is no number has no value
    assertThat(heldOut.bins().get(0).accuracy()).isNaN();
    RecordedRun shown = RecordedRun.open(first);
    assertThat(shown.progress().phase()).isEqualTo(RunPhase.FINISHED);
    assertThat(shown.notes()).isEmpty();
  }

  @Test
  void aFileOfAnotherFormIsRefused() throws IOException {
    for (String json : new String[] {"{}", "{\"format\":2,\"models\":[]}", "[1]", "{\"format"}) {
      write(json);
      assertThatThrownBy(() -> RewardModelReport.read(new RunFolder(folder)))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageStartingWith("reward-model.json: ");
    }
  }

  @Test
  void theRunThatIsTrainedByARewardModelIsNone() throws IOException {
    write("{\"format\":1,\"models\":[]}");
    Files.writeString(folder.resolve("experiment.conf"), "");
    assertThat(RewardModelReport.isIn(new RunFolder(folder))).isFalse();
  }
}
