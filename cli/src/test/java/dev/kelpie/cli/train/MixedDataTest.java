package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.SummaryFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are mixed by weight, and prompts that are chosen by the rewards of a former run. */
class MixedDataTest {
  private static final int STEPS = 3;
  private static final String MIX = "data.mix.more { path = more.jsonl, weight = 3 }";

  private Path folder = Path.of("");

  @BeforeEach
  void writeExperiment(@TempDir Path temp) throws IOException {
    folder = temp;
    SmallExperiment.write(
        folder,
        "rollout { prompts-per-step = 4, group-size = 2, max-new-tokens = 4 }\n"
            + "learner.minibatches = 1, run.steps = "
            + STEPS
            + "\n"
            + MIX);
    StringBuilder rows = new StringBuilder();
    for (int i = 1; i <= 6; i++) {
      rows.append("{\"prompt\": \"9-" + i + "?\", \"answer\": \"" + (9 - i) + "\"}\n");
    }
    Files.writeString(folder.resolve("more.jsonl"), rows);
  }

  /**
   * A run, and half of it, resumed: both take three prompts of one file and one of the other in
   * each step, and end with the same weights. A file that has changed ends the resume.
   */
  @Test
  void aRunHasTheWeightsAndGoesOnWhereItWas() throws IOException {
    train("whole");
    train("run", "-D", "run.steps=1");
    Path more = folder.resolve("more.jsonl");
    String rows = Files.readString(more);
    Files.writeString(more, rows.replace("9-1?", "8-1?"));
    CommandLineRun refused = resume();
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("data.mix.more.path");
    Files.writeString(more, rows);
    CommandLineRun resumed = resume();
    assertThat(resumed.code()).as(resumed.err()).isZero();
    for (long step = 1; step <= STEPS; step++) {
      assertThat(files(step)).containsEntry("more/more.jsonl", 3L).containsEntry("rows.jsonl", 1L);
      assertThat(ids("run", step)).isEqualTo(ids("whole", step));
    }
    assertThat(summary("run").get("policy-sha256"))
        .isEqualTo(summary("whole").get("policy-sha256"));
    assertThat(summary("whole").get("notes").toString())
        .contains(
            "data.path: 25.0 % of the prompts; 4 prompts, which 3 steps take 0.75 times",
            "data.mix.more.path: 75.0 % of the prompts; 6 prompts, which 3 steps take 1.50 times");
  }

  @Test
  void idsOfTheDataAreKeptApart() {
    assertThat(prompts("data.id=prompt")).contains("1+1?", "more/9-1?");
  }

  /** Means 1, 0.5, 0.25 and 0 of one file, 0.75 of another; two prompts were not in the run. */
  private String formerRun(double best) throws IOException {
    Map<String, List<Double>> rewards = new TreeMap<>();
    rewards.put("1+1?", List.of(best, best));
    rewards.put("2+1?", List.of(best, 0.0));
    rewards.put("3+1?", List.of(best / 2, 0.0));
    rewards.put("4+1?", List.of(0.0, 0.0));
    rewards.put("9-1?", List.of(best, best, best, 0.0));
    Path rollouts = Files.createDirectories(folder.resolve("former/rollouts"));
    RecordedSamples.write(rollouts.resolve("step-1.arrow"), rewards);
    return "data.filter.pass-rate.run-path=" + folder.resolve("former");
  }

  @Test
  void promptsAreKeptByTheirMeanReward() throws IOException {
    assertThat(
            prompts(
                formerRun(1),
                "data.id=prompt",
                "data.filter.pass-rate.min=0.25",
                "data.filter.pass-rate.max=0.75"))
        .containsExactlyInAnyOrder("2+1?", "3+1?", "more/9-1?");
  }

  /** 3+1? has no sample with the run's largest reward, 2: its share is 0 and its mean is 0.5. */
  @Test
  void promptsAreKeptByTheirShareOfLargestRewards() throws IOException {
    assertThat(
            prompts(
                formerRun(2),
                "data.id=prompt",
                "data.filter.pass-rate.min=0.25",
                "data.filter.pass-rate.max=0.75",
                "data.filter.pass-rate.measure=share-at-most"))
        .containsExactlyInAnyOrder("2+1?", "more/9-1?");
  }

  @Test
  void whatIsLeftOutIsCounted() throws IOException {
    CommandLineRun checked =
        CommandLineRun.of(
            "validate",
            folder.resolve("small.conf").toString(),
            "-D",
            formerRun(1),
            "-D",
            "data.filter.pass-rate.min=0.5");
    assertThat(checked.out())
        .containsPattern("2 prompts of .* 2 left out by data.filter, .*rows.jsonl; 1 prompts of")
        .contains(" 5 left out by data.filter, ");
    try (RunInputs inputs =
        RunInputs.open(
            ExperimentFiles.load(
                folder.resolve("small.conf"),
                List.of(formerRun(1), "data.filter.pass-rate.min=0.5")))) {
      assertThat(inputs.notes())
          .contains(
              "data.path: 2 of 4 prompts left out by data.filter.pass-rate: 2 outside [0.5, 1.0] in"
                  + " "
                  + folder.resolve("former")
                  + ", 0 not in it",
              "data.mix.more.path: 5 of 6 prompts left out by data.filter.pass-rate: 0 outside"
                  + " [0.5, 1.0] in "
                  + folder.resolve("former")
                  + ", 5 not in it");
      assertThat(inputs.dataFiles()).containsKey("data.filter.pass-rate.run-path");
    }
  }

  @Test
  void whatTheFormerRunHasNotSeenMayBeKept() throws IOException {
    assertThat(prompts(formerRun(1), "data.filter.pass-rate.keep-unseen=true")).hasSize(10);
  }

  private CommandLineRun resume() {
    return CommandLineRun.of(
        "train", "--resume", folder.resolve("run").toString(), "-D", "run.steps=" + STEPS);
  }

  private void train(String run, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", folder + "/small.conf"));
    arguments.addAll(List.of("--run-dir", folder.resolve(run).toString()));
    Collections.addAll(arguments, more);
    CommandLineRun trained = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(trained.code()).as(trained.err()).isZero();
  }

  /** Prompts of a step by their file. */
  private Map<String, Long> files(long step) {
    return ids("run", step).stream()
        .collect(
            Collectors.groupingBy(
                id -> id.replaceFirst(":\\d+$", ""), TreeMap::new, Collectors.counting()));
  }

  private List<String> ids(String run, long step) {
    return new SampleFiles(folder.resolve(run + "/rollouts"))
        .read(step).groups().stream()
            .map(group -> group.members().get(0).trajectory().prompt().id())
            .toList();
  }

  private JsonNode summary(String run) throws IOException {
    return SummaryFile.read(folder.resolve(run + "/summary.json"));
  }

  /** The ids of all prompts, of at least one pass over each file. */
  private Set<String> prompts(String... settings) {
    try (RunInputs inputs =
        RunInputs.open(ExperimentFiles.load(folder.resolve("small.conf"), List.of(settings)))) {
      PromptSource all = inputs.train().orElseThrow().prompts();
      Set<String> ids = new TreeSet<>();
      for (long at = 0; at < 50; at++) {
        ids.add(all.at(at).id());
      }
      return ids;
    }
  }
}
