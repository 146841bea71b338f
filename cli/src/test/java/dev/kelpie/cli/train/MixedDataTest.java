package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrajectoryGroup;
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
  private static final String MIX = "data.mix.more { path = more.jsonl, weight = 3 }";

  private Path folder = Path.of("");

  @BeforeEach
  void writeExperiment(@TempDir Path temp) throws IOException {
    folder = temp;
    SmallExperiment.write(
        folder,
        "rollout { prompts-per-step = 4, group-size = 2, max-new-tokens = 4 }\n"
            + "learner.minibatches = 1, run.steps = 4\n"
            + MIX);
    StringBuilder rows = new StringBuilder();
    for (int i = 1; i <= 6; i++) {
      rows.append("{\"prompt\": \"9-" + i + "?\", \"answer\": \"" + (9 - i) + "\"}\n");
    }
    Files.writeString(folder.resolve("more.jsonl"), rows);
  }

  @Test
  void aRunHasTheWeightsAndSaysSo() throws IOException {
    train("run");
    // 1 : 3 of 4 prompts a step
    for (long step = 1; step <= 4; step++) {
      Map<String, Long> files = files(step);
      assertThat(files).containsEntry("more.jsonl", 3L).containsEntry("rows.jsonl", 1L);
    }
    assertThat(summary(folder.resolve("run")).get("notes").toString())
        .contains(
            "data.path: 25.0 % of the prompts; 4 prompts, which 4 steps take 1.00 times",
            "data.mix.more.path: 75.0 % of the prompts; 6 prompts, which 4 steps take 2.00 times");
  }

  /** Half of the run, resumed: the prompts and the weights are those of the run in one piece. */
  @Test
  void aResumedRunTakesWhatTheRunInOnePieceTakes() throws IOException {
    train("whole");
    train("run", "-D", "run.steps=2");
    CommandLineRun resumed =
        CommandLineRun.of(
            "train", "--resume", folder.resolve("run").toString(), "-D", "run.steps=4");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    for (long step = 1; step <= 4; step++) {
      assertThat(ids("run", step)).isEqualTo(ids("whole", step));
    }
    assertThat(summary(folder.resolve("run")).get("policy-sha256"))
        .isEqualTo(summary(folder.resolve("whole")).get("policy-sha256"));
  }

  @Test
  void aFileThatHasChangedEndsTheResume() throws IOException {
    train("run", "-D", "run.steps=2");
    Path more = folder.resolve("more.jsonl");
    Files.writeString(more, Files.readString(more).replace("9-1?", "8-1?"));
    CommandLineRun resumed =
        CommandLineRun.of(
            "train", "--resume", folder.resolve("run").toString(), "-D", "run.steps=4");
    assertThat(resumed.code()).isEqualTo(2);
    assertThat(resumed.err()).contains("data.mix.more.path");
  }

  @Test
  void idsOfTheDataAreKeptApart() {
    assertThat(prompts("data.id=prompt")).contains("1+1?", "more/9-1?");
  }

  /** Rewards of the former run decide: each prompt of it is kept by its own mean. */
  @Test
  void promptsAreKeptByTheirPassRate() throws IOException {
    train("run", "-D", "rollout.temperature=3");
    Map<String, List<Double>> rewards = new TreeMap<>();
    SampleFiles samples = new SampleFiles(folder.resolve("run/rollouts"));
    for (long step : samples.steps()) {
      for (TrajectoryGroup group : samples.read(step).groups()) {
        for (ScoredTrajectory one : group.members()) {
          rewards
              .computeIfAbsent(one.trajectory().prompt().text(), text -> new ArrayList<>())
              .add((double) one.reward());
        }
      }
    }
    List<String> expected =
        rewards.entrySet().stream()
            .filter(one -> mean(one.getValue()) <= 0.3)
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    assertThat(expected).isNotEmpty();
    String filter = "data.filter.pass-rate.run-path=" + folder.resolve("run");
    String most = "data.filter.pass-rate.max=0.3";
    assertThat(prompts("data.id=prompt", filter, most))
        .extracting(id -> id.replace("more/", ""))
        .containsExactlyInAnyOrderElementsOf(expected);
    CommandLineRun checked =
        CommandLineRun.of(
            "validate", folder.resolve("small.conf").toString(), "-D", filter, "-D", most);
    int left = 4 - kept(expected, "+");
    assertThat(checked.out()).contains(left == 0 ? "4 prompts" : left + " left out by data.filter");
  }

  @Test
  void whatTheFormerRunHasNotSeenIsLeftOutOrKept() throws IOException {
    train("run", "-D", "data.mix=null");
    String filter = "data.filter.pass-rate.run-path=" + folder.resolve("run");
    assertThatThrownBy(() -> prompts(filter))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "data.filter.pass-rate: leaves none of the 6 prompts of "
                + folder.resolve("more.jsonl")
                + " (expected: at least one; 0 are outside its bounds, 6 not in the run)");
    assertThat(prompts(filter, "data.filter.pass-rate.keep-unseen=true")).hasSize(10);
  }

  @Test
  void theShareOfLargestRewardsIsAnotherMeasure() throws IOException {
    train("run", "-D", "rollout.temperature=3");
    List<String> settings =
        List.of(
            "data.filter.pass-rate.run-path=" + folder.resolve("run"),
            "data.filter.pass-rate.max=0.3");
    List<String> shares = new ArrayList<>(settings);
    shares.add("data.filter.pass-rate.measure=share-at-most");
    // rewards are 0 and 1: the share of ones is the mean
    assertThat(prompts(shares.toArray(String[]::new)))
        .isEqualTo(prompts(settings.toArray(String[]::new)));
  }

  private static int kept(List<String> texts, String part) {
    return (int) texts.stream().filter(text -> text.contains(part)).count();
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
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

  private static JsonNode summary(Path run) throws IOException {
    return SummaryFile.read(run.resolve("summary.json"));
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
