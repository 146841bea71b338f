package dev.kelpie.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.EndedRun;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path temp = Path.of("");
  private RunFolder folder = new RunFolder(Path.of(""));

  @BeforeEach
  void write() throws IOException {
    folder = new RunFolder(EndedRun.write(temp.resolve("run"), 4, 12, 0.3));
  }

  /** A reward that is the length, which grows by a token in each step. */
  private void gamed(int steps) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int step = 1; step <= steps; step++) {
      lines.append(
          String.format(
              Locale.ROOT,
              "{\"format\":1,\"step\":%d,\"reward/mean\":%d,\"response_length/mean\":%d,"
                  + "\"reward/length_correlation\":1}%n",
              step,
              10 + step,
              10 + step));
    }
    Files.writeString(folder.metricsFile(), lines);
    EndedRun.addSample(folder.root(), 11, "much ado");
  }

  private CommandLineRun doctor(String... more) {
    String[] all = new String[more.length + 2];
    all[0] = "doctor";
    all[1] = folder.root().toString();
    System.arraycopy(more, 0, all, 2, more.length);
    return CommandLineRun.of(all);
  }

  @Test
  void aRunWithoutAFindingIsOneLine() {
    CommandLineRun shown = doctor();
    assertThat(shown.out()).isEqualTo("doctor: no alarm in 12 steps\n");
    assertThat(shown.code()).isZero();
  }

  @Test
  void anAlarmHasEvidenceMeaningKeysAndSamplesAndAnExitCodeOfItsOwn() throws IOException {
    gamed(12);
    CommandLineRun shown = doctor();
    assertThat(shown.code()).isEqualTo(DoctorCommand.ALARMS);
    // 11..15 and 18..22
    assertThat(shown.out())
        .startsWith(
            "doctor: 2 alarms in 12 steps\n"
                + "  alarm over-optimisation, since step 10: reward/mean 13 -> 20 (steps 1 to 5"
                + " against 8 to 12), but response_length/mean 13 -> 20 tokens, which explain the"
                + " reward (reward/length_correlation 1)\n")
        .contains(
            "    look at: reward, algorithm.kl.coef, checkpoint.best, gate, run.steps\n",
            "    kelpie samples " + RunFolder.shown(folder.root()) + " --step 11 --group 0   #0, ",
            "  alarm length-growth, since step 10: ");
  }

  @Test
  void theSameIsToldToProgramsAndDamagedLinesWithIt() throws IOException {
    gamed(12);
    Files.writeString(folder.metricsFile(), Files.readString(folder.metricsFile()) + "nothing\n");
    CommandLineRun shown = doctor("--json");
    assertThat(shown.code()).isEqualTo(DoctorCommand.ALARMS);
    JsonNode json = JSON.readTree(shown.out());
    assertThat(json.get("step").asLong()).isEqualTo(12);
    assertThat(json.get("alarms").asInt()).isEqualTo(2);
    JsonNode first = json.at("/findings/0");
    assertThat(first.get("rule").asText()).isEqualTo("over-optimisation");
    assertThat(first.get("current").asBoolean()).isTrue();
    assertThat(first.get("samples").size()).isPositive();
    assertThat(first.at("/samples/0/tokens").asInt()).isPositive();
    assertThat(json.at("/damaged/0").asText()).contains("metrics.jsonl");
  }

  @Test
  void aRunThatEndedByANumberThatIsNoneIsNamed() throws IOException {
    Files.writeString(
        folder.summaryFile(),
        "{\"format\":1,\"status\":\"failed\",\"steps\":12,\"error\":\"learner: policy/loss: NaN"
            + " (expected: finite), trajectories [1]\"}");
    CommandLineRun shown = doctor();
    assertThat(shown.code()).isEqualTo(DoctorCommand.ALARMS);
    assertThat(shown.out())
        .contains("alarm not-finite, since step 13: the run ended with: learner: policy/loss: NaN");
  }
}
