package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.DataHashes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files beside the prompts that a run is trained with, compared when it is resumed. */
class OtherFilesComparisonTest {
  private Path folder = Path.of("");
  private List<String> overrides = List.of();

  @BeforeEach
  void writeExperiment(@TempDir Path temp) throws IOException {
    folder = temp;
    SmallExperiment.write(folder, "policy.init = random");
    Files.createDirectories(run().root());
  }

  @Test
  void otherResponsesOfAMemberAreRefused() throws IOException {
    Path log = folder.resolve("log.jsonl");
    Files.writeString(log, responses("=1"));
    overrides = member(log);
    commit();
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();
    assertThat(DataHashes.in(run().checkpoint(2)).orElseThrow().files())
        .containsOnlyKeys("data.path", "members.logged.path");

    Files.writeString(log, responses("=2"));
    assertThatThrownBy(() -> check(DataComparison.Changed.REFUSE))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("members.logged.path: " + log + " has other data than step 2")
        .hasMessageContaining("4 rows")
        .hasMessageContaining("the first difference is in line 3");
    assertThat(check(DataComparison.Changed.CONTINUE))
        .singleElement()
        .asString()
        .startsWith("warning: members.logged.path: ");
  }

  @Test
  void otherRecordedResponsesAreRefused() throws IOException {
    Path recorded = Files.createDirectories(folder.resolve("earlier/rollouts"));
    RecordedSamples.write(recorded.resolve("step-1.arrow"), prompts(), "=1");
    overrides = member(recorded);
    commit();
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();

    Path other = folder.resolve("other.arrow");
    RecordedSamples.write(other, prompts(), "=2");
    Files.move(other, recorded.resolve("step-1.arrow"), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> check(DataComparison.Changed.REFUSE))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("members.logged.path: " + recorded + " has other data")
        .hasMessageContaining("4 rows");
  }

  @Test
  void otherShotsAreRefused() throws IOException {
    Path shots = folder.resolve("shots.jsonl");
    String text = "{\"prompt\": \"7+1?\", \"answer\": \"8\", \"by\": \"a\"}\n";
    Files.writeString(shots, text);
    Files.writeString(
        folder.resolve("rows.jsonl"),
        Files.readString(folder.resolve("rows.jsonl")).replace("}", ", \"by\": \"a\"}"));
    overrides =
        List.of(
            "variants.few={template = \"{shots}{prompt}\", shots = {by = by, count = 1,"
                + " template = \"{prompt}{answer}\", path = \""
                + shots
                + "\"}}",
            "algorithm.preset=online-dpo",
            "algorithm.pairing.variants={chosen = few, rejected = few}");
    commit();
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();
    Files.writeString(shots, text.replace("8", "9"));
    assertThatThrownBy(() -> check(DataComparison.Changed.REFUSE))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("variants.few.shots.path: " + shots + " has other data")
        .hasMessageContaining("the first difference is in line 1");
  }

  private List<String> member(Path path) {
    return List.of(
        "algorithm.preset=online-dpo",
        "members.logged={from = file, path = \"" + path + "\"}",
        "algorithm.pairing={type = origin, chosen-from = policy, rejected-from = logged}");
  }

  private static List<String> prompts() {
    return List.of("rows.jsonl:1", "rows.jsonl:2", "rows.jsonl:3", "rows.jsonl:4");
  }

  /** A response to each prompt; {@code third} is that of the third. */
  private static String responses(String third) {
    StringBuilder rows = new StringBuilder();
    for (String id : prompts()) {
      String text = id.endsWith("3") ? third : "=0";
      rows.append("{\"id\": \"" + id + "\", \"response\": \"" + text + "\"}\n");
    }
    return rows.toString();
  }

  private void commit() throws IOException {
    try (RunInputs inputs = open()) {
      DataComparison.record(run(), inputs);
    }
    CheckpointStore store = new CheckpointStore(run().checkpoints());
    Files.writeString(store.begin(2, "learner").resolve("weights"), "of step 2");
    store.commit(2, "", "");
  }

  private RunFolder run() {
    return new RunFolder(folder.resolve("run"));
  }

  private RunInputs open() {
    return RunInputs.open(
        ExperimentFiles.load(folder.resolve("small.conf"), overrides),
        DataComparison.reading(Optional.of(run().root()), ReadProgress.NONE));
  }

  private List<String> check(DataComparison.Changed changed) throws IOException {
    try (RunInputs inputs = open()) {
      return DataComparison.check(run(), inputs, changed);
    }
  }
}
