package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.FinishedRun;
import dev.kelpie.cli.terminal.Cells;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FinishedRun.Maker.class)
class SamplesCommandTest {
  private final FinishedRun run;

  @TempDir private Path scratch = Path.of("");

  SamplesCommandTest(FinishedRun run) {
    this.run = run;
  }

  @Test
  void writesNumbersInRanges() {
    assertThat(SamplesCommand.ranges(List.of(1L, 2L, 3L, 5L, 8L, 9L))).isEqualTo("1 to 3, 5, 8, 9");
  }

  @Test
  void showsTheResponsesOfAGroupSideBySide() {
    TrajectoryGroup group = group(2, 3);
    CommandLineRun shown = samples("--step", "2", "--group", "3", "--width", "130");
    assertThat(shown.code()).as(shown.err()).isZero();
    assertThat(shown.out())
        .startsWith("step 2 of " + run.folder() + ", group 3 (one of 8): 8 of 8 responses, rewards")
        .contains(group.members().get(0).trajectory().prompt().text())
        .containsPattern("(?m)^#0  reward \\d\\.\\d{3} +#1  reward \\d\\.\\d{3} +#2 ")
        .containsPattern("advantage [-+]\\d\\.\\d{3} +advantage [-+]\\d\\.\\d{3}")
        .containsPattern("(stop|length), \\d+ tokens")
        .contains("answer ");
    assertThat(shown.out().lines()).allMatch(line -> line.startsWith("step") || width(line) <= 130);
    // four columns of at least 26 fit into 130, so two rows of columns
    assertThat(shown.out().lines().filter(line -> line.startsWith("#"))).hasSize(2);
  }

  private static int width(String line) {
    return Cells.width(line);
  }

  @Test
  void advantagesAreTheGroupsNormalisedRewards() {
    TrajectoryGroup group =
        read(2).groups().stream().filter(one -> !one.allEqual()).findFirst().orElseThrow();
    double[] rewards = group.members().stream().mapToDouble(ScoredTrajectory::reward).toArray();
    double mean = 0;
    for (double reward : rewards) {
      mean += reward / rewards.length;
    }
    double square = 0;
    for (double reward : rewards) {
      square += (reward - mean) * (reward - mean) / (rewards.length - 1);
    }
    double first = (rewards[0] - mean) / (Math.sqrt(square) + 1e-6);
    CommandLineRun shown = samples("--step", "2", "--group", "" + group.id().index());
    assertThat(shown.out().lines().filter(line -> line.startsWith("#0")).findFirst().orElse(""))
        .contains(String.format("advantage %+.2f", first).substring(0, 14));
  }

  @Test
  void advantagesAreThoseOfTheLearner() throws IOException {
    int steps = 0;
    for (String line : Files.readAllLines(run.folder().resolve("metrics.jsonl"))) {
      JsonNode metrics = JsonMapper.builder().build().readTree(line);
      if (metrics.has("advantages/min")) {
        ScoredGroups step = read(metrics.path("step").asInt());
        List<PerToken> all = List.copyOf(step.advantages().values());
        assertThat(all).hasSize(64);
        assertThat(all.stream().mapToDouble(numbers -> numbers.get(0)).min().orElseThrow())
            .isCloseTo(metrics.path("advantages/min").asDouble(), within(1e-6));
        assertThat(all.stream().mapToDouble(numbers -> numbers.get(0)).max().orElseThrow())
            .isCloseTo(metrics.path("advantages/max").asDouble(), within(1e-6));
        steps++;
      }
    }
    assertThat(steps).isEqualTo(2);
  }

  @Test
  void showsTheNewestStepInPlainBlocksOffATerminal() {
    CommandLineRun shown = samples();
    assertThat(shown.out()).startsWith("step 2 of ").contains("group 0 (one of 8)");
    assertThat(shown.out().lines().filter(line -> line.matches("#\\d  reward .*"))).hasSize(8);
    assertThat(shown.out()).contains("groups 0 to 7: --group K shows another");
  }

  @Test
  void filtersByRewardAndText() {
    long low =
        read(1).groups().stream()
            .flatMap(group -> group.members().stream())
            .filter(member -> member.reward() < 0.5)
            .count();
    CommandLineRun shown = samples("--step", "1", "--reward-below", "0.5");
    assertThat(shown.out().lines().filter(line -> line.startsWith("#"))).hasSize((int) low);
    Trajectory one = read(1).groups().get(0).members().get(0).trajectory();
    CommandLineRun found = samples("--step", "1", "--text", Pattern.quote(one.text()));
    assertThat(found.out()).contains(one.prompt().text()).contains(one.text());
    assertThat(samples("--text", "no such text").out())
        .isEqualTo("step 2 of " + run.folder() + ": no response matches\n");
  }

  @Test
  void namesTheStepsAndGroupsThereAre() {
    refuses("--step: 9 (expected: 1, 2)", "--step", "9");
    refuses("--group: 8 (expected: 0 to 7, the groups of step 1)", "--step", "1", "--group", "8");
    refuses("--text: ( (expected: a regular expression; Unclosed group)", "--text", "(");
  }

  @Test
  void saysWhatIsNoRunAndWhatIsDamaged() throws IOException {
    CommandLineRun none = CommandLineRun.of("samples", scratch.resolve("nowhere").toString());
    assertThat(none.err()).hasLineCount(1).contains("no such folder (expected: a run folder)");
    assertThat(none.code()).isEqualTo(Failures.BAD_INPUT);
    CommandLineRun empty = CommandLineRun.of("samples", scratch.toString());
    assertThat(empty.err()).hasLineCount(1).contains("no rollouts/step-N.arrow");
    Path copy = run.copy(scratch.resolve("copy"));
    Path file = copy.resolve("rollouts/step-2.arrow");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    CommandLineRun cut = CommandLineRun.of("samples", copy.toString());
    assertThat(cut.err()).hasLineCount(1).contains("step-2.arrow: ");
    assertThat(cut.code()).isEqualTo(Failures.BAD_INPUT);
  }

  @Test
  void nothingInAModelsTextSteersTheTerminal() {
    ScoredTrajectory member = group(2, 0).members().get(0);
    String hostile = "\u001b[2J\u0007\u009b31m\u202eback";
    Trajectory trajectory = withText(member.trajectory(), hostile);
    TrajectoryGroup group =
        new TrajectoryGroup(
            member.trajectory().id().group(),
            List.of(new ScoredTrajectory(trajectory, new Score(1, Map.of("a\u001b", 1f)))),
            List.of(new FailedTrajectory(group(2, 0).members().get(1).trajectory(), "no\u001bt")));
    TrajectoryArrow.writeScored(
        scratch.resolve("rollouts/step-1.arrow"), List.of(group), Map.of(), Map.of());
    for (String width : List.of("30", "100")) {
      String out = CommandLineRun.of("samples", scratch.toString(), "--width", width).out();
      assertThat(out).doesNotContain("\u001b", "\u0007", "\u009b", "\u202e");
      assertThat(out).contains("#1  no reward");
    }
    assertThat(CommandLineRun.of("samples", scratch.toString()).out())
        .contains("\\u001b[2J\\u0007\\u009b31m\\u202eback");
  }

  private static Trajectory withText(Trajectory t, String text) {
    return new Trajectory(
        t.id(),
        t.prompt(),
        t.response(),
        text,
        t.rolloutLogprobs(),
        t.sampledLogprobs(),
        t.versions(),
        t.finishReason(),
        t.origin(),
        t.sampling());
  }

  private void refuses(String message, String... arguments) {
    CommandLineRun refused = samples(arguments);
    assertThat(refused.err()).isEqualTo("kelpie: " + message + "\n");
    assertThat(refused.code()).isEqualTo(Failures.BAD_INPUT);
  }

  private ScoredGroups read(int step) {
    return TrajectoryArrow.readScored(run.folder().resolve("rollouts/step-" + step + ".arrow"));
  }

  private TrajectoryGroup group(int step, int index) {
    return read(step).groups().get(index);
  }

  private CommandLineRun samples(String... arguments) {
    String[] all = new String[arguments.length + 2];
    all[0] = "samples";
    all[1] = run.folder().toString();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return CommandLineRun.of(all);
  }
}
