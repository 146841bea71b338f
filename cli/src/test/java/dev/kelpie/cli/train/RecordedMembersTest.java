package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members whose responses are the samples of an earlier run. */
class RecordedMembersTest {
  private static final List<String> PROMPTS =
      List.of("rows.jsonl:1", "rows.jsonl:2", "rows.jsonl:3", "rows.jsonl:4");

  private Path folder = Path.of("");

  @BeforeEach
  void writeExperiment(@TempDir Path temp) throws IOException {
    folder = temp;
    SmallExperiment.write(folder, "policy.init = random");
  }

  @Test
  void samplesOfThePolicyAreTakenWithTheirTokensAndNotThoseOfOthers() {
    Path step = folder.resolve("step-1.arrow");
    RecordedSamples.write(step, PROMPTS, "=1");
    GivenResponse given = responses(step, "").get(0);
    assertThat(given.text()).isEqualTo("=1");
    assertThat(given.finishReason()).isEqualTo(FinishReason.LENGTH); // as it was recorded
    assertThat(given.origin().member()).isEqualTo("logged");
    assertThat(given.origin().score()).isEmpty();
    assertThatThrownBy(() -> responses(step, ", count = 2"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("has 1 responses to rows.jsonl:1 (expected: at least count = 2)");
  }

  @Test
  void rewardIsTheScoreWhereThatIsAskedFor() {
    Path step = folder.resolve("step-1.arrow");
    RecordedSamples.write(step, PROMPTS, "=1");
    assertThat(responses(step, ", score = reward").get(0).origin().score())
        .hasValue(RecordedSamples.REWARD);
    assertThatThrownBy(() -> responses(step, ", score = worth"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("members.logged.score: worth (expected: reward, or empty");
  }

  @Test
  void stepsOfAFolderFollowInOrderOfTheirNumbers() throws IOException {
    Path rollouts = Files.createDirectories(folder.resolve("earlier/rollouts"));
    RecordedSamples.write(rollouts.resolve("step-10.arrow"), PROMPTS, "=10");
    RecordedSamples.write(rollouts.resolve("step-9.arrow"), PROMPTS, "=9");
    assertThat(responses(rollouts, ", count = 2"))
        .extracting(GivenResponse::text)
        .containsExactly("=9", "=10");
  }

  @Test
  void whatIsNoRecordedStepIsRefused() throws IOException {
    Path step = folder.resolve("step-1.arrow");
    RecordedSamples.write(step, PROMPTS, "=1");
    byte[] whole = Files.readAllBytes(step);
    Files.write(step, Arrays.copyOf(whole, whole.length / 2));
    assertRefused(step);
    Files.delete(step);
    assertRefused(step);
  }

  private void assertRefused(Path step) {
    assertThatThrownBy(() -> responses(step, ""))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("members.logged.path: ")
        .hasMessageContaining("step-1.arrow")
        .hasMessageContaining("(expected: a recorded rollouts/step-N.arrow, a folder of them");
  }

  private List<GivenResponse> responses(Path path, String more) {
    List<String> overrides =
        List.of(
            "algorithm.preset=online-dpo",
            "members.logged={from = file, path = \"" + path + "\"" + more + "}",
            "algorithm.pairing={type = origin, chosen-from = policy, rejected-from = logged}");
    try (RunInputs inputs =
        RunInputs.open(ExperimentFiles.load(folder.resolve("small.conf"), overrides))) {
      return inputs.train().orElseThrow().first().inFileOrder(0).responses();
    }
  }
}
