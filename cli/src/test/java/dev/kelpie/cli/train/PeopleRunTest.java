package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.AnsweredPage;
import dev.kelpie.cli.ScriptedLabeller;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.label.ItemKey;
import dev.kelpie.runs.label.PairQueue;
import dev.kelpie.runs.label.QueueEvent;
import dev.kelpie.runs.label.QueueFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose pairs people label: a labeller over HTTP, and the run's own files. */
class PeopleRunTest {
  private static final String CONFIG = "quickstart-dpo.conf";

  @TempDir private Path folder = Path.of("");
  private TrainedRuns runs = new TrainedRuns(Path.of(""), List.of());

  @BeforeEach
  void prepare() throws IOException {
    runs =
        new TrainedRuns(
            folder,
            List.of(
                "eval.path=",
                "dashboard.enabled=false",
                "data.path=" + Shipped.fewPrompts(folder),
                "rollout.prompts-per-step=4",
                "rollout.group-size=4",
                "rollout.max-new-tokens=10",
                "learner.minibatches=1",
                "checkpoint={every = 1, keep = 9}",
                "algorithm.pairing={type = samples}"));
  }

  /** Prefers the shorter text. */
  private static String shorter(String prompt, String left, String right) {
    return left.length() == right.length()
        ? "tie"
        : left.length() < right.length() ? "left" : "right";
  }

  private Map<String, String> answer(String run, String person, int most) throws Exception {
    try (AnsweredPage page = AnsweredPage.over(runs.of(run))) {
      return ScriptedLabeller.at(page.url(), person, PeopleRunTest::shorter).answer(most);
    }
  }

  private PairQueue queue(String run) throws IOException {
    return new QueueFile(new RunFolder(runs.of(run))).read();
  }

  private List<QueueEvent.Decided> decisions(String run) throws IOException {
    return queue(run).decisions();
  }

  private List<TrainedPair> pairs(String run, long step) {
    return new PairFiles(runs.of(run).resolve("rollouts")).read(step);
  }

  /** The ids of the answers that steps took, by step. */
  private Map<Long, List<String>> labels(String run) throws IOException {
    Map<Long, List<String>> taken = new TreeMap<>();
    for (QueueEvent.Decided step : decisions(run)) {
      for (QueueEvent.Joined one : step.joined()) {
        taken.computeIfAbsent(step.step(), key -> new ArrayList<>()).addAll(one.labels());
      }
    }
    return taken;
  }

  @Test
  void anAnswerJoinsTheNextStepOnceAndAStepThatIsDoneAnewTakesTheSame() throws Exception {
    runs.train("run", CONFIG, "run.steps=2", "algorithm.label={type = people, max-age = 0}");
    assertThat(pairs("run", 1)).isEmpty(); // nobody has seen them yet
    List<QueueEvent.Item> waiting = queue("run").waiting();
    Map<String, String> anna = answer("run", "anna", 3);
    Map<String, String> bert = answer("run", "bert", 3);
    assertThat(waiting.stream().map(item -> item.key().toString()))
        .containsAll(anna.keySet())
        .containsAll(bert.keySet());
    assertThat(bert).doesNotContainKeys(anna.keySet().toArray(String[]::new));
    runs.resume("run", 3);
    List<String> given = new ArrayList<>(anna.values());
    given.addAll(bert.values());
    assertThat(labels("run").get(3L)).containsExactlyInAnyOrderElementsOf(given);
    assertThat(pairs("run", 3)).hasSize(6).allMatch(pair -> pair.source().equals("people"));
    assertThat(pairs("run", 3)).allMatch(pair -> pair.chosen().group().step() < 3);
    assertThat(runs.metric("run", 3, "people/joined")).isEqualTo(6);
    assertThat(runs.metric("run", 3, "preference/pairs")).isEqualTo(6);
    assertThat(runs.metric("run", 3, "people/age")).isBetween(1.0, 2.0);
    assertThat(runs.metric("run", 3, "data/responses")).isEqualTo(16); // the step's own
    requireVerdicts("run");

    // A kill after step 3 and before its checkpoint: carl's answers come too late for it.
    Map<String, String> carl = answer("run", "carl", 2);
    delete(runs.of("run").resolve("checkpoints/step-3"));
    Files.delete(runs.of("run").resolve("summary.json"));
    runs.resume("run", 4);
    List<JsonNode> committed =
        runs.journalled("run", "committed").stream()
            .filter(event -> event.get("step").asLong() == 3)
            .toList();
    assertThat(committed).hasSize(2);
    assertThat(committed.get(1)).isEqualTo(committed.get(0));
    assertThat(labels("run").get(3L)).containsExactlyInAnyOrderElementsOf(given);
    // Every answer has joined one step: none is lost, none is used twice.
    assertThat(labels("run").get(4L)).containsExactlyInAnyOrderElementsOf(carl.values());
    assertThat(runs.summary("run").at("/ledger/clean").asBoolean()).isTrue();
    assertThat(runs.summary("run").at("/ledger/replayed").asLong()).isPositive();
  }

  /** Each trained pair has the probability that the shorter text is the better one. */
  private void requireVerdicts(String run) throws IOException {
    for (QueueEvent.Decided step : decisions(run)) {
      Map<ItemKey, Double> expected = new HashMap<>();
      step.joined().forEach(one -> expected.put(one.pair().key(), one.probability().orElseThrow()));
      List<TrainedPair> trained = pairs(run, step.step());
      assertThat(trained).hasSameSizeAs(step.joined());
      for (int i = 0; i < trained.size(); i++) {
        QueueEvent.Joined one = step.joined().get(i);
        assertThat(trained.get(i).chosen().sample()).isEqualTo(one.pair().chosen());
        assertThat(trained.get(i).rejected().sample()).isEqualTo(one.pair().rejected());
        String chosen = text(run, one.pair().key(), one.pair().chosen());
        String rejected = text(run, one.pair().key(), one.pair().rejected());
        double p = Math.signum(rejected.length() - chosen.length()) / 2 + 0.5;
        assertThat(trained.get(i).probability()).isEqualTo(p);
        assertThat(one.probability()).isEqualTo(OptionalDouble.of(p));
      }
    }
  }

  private String text(String run, ItemKey key, int sample) {
    return new SampleFiles(runs.of(run).resolve("rollouts"))
        .read(key.step()).groups().stream()
            .filter(group -> group.id().index() == key.group())
            .flatMap(group -> group.members().stream())
            .map(member -> member.trajectory())
            .filter(response -> response.id().sample() == sample)
            .findFirst()
            .orElseThrow()
            .text();
  }

  @Test
  void whatNobodyAnswersHasTheFallbackAndTheQueueAndTheBudgetAreBounded() throws Exception {
    runs.train(
        "run",
        CONFIG,
        "run.steps=6",
        "algorithm.label={type = people, waiting = 3, budget = 7, max-age = 2,"
            + " fallback = {type = winner}}");
    List<QueueEvent.Decided> decisions = decisions("run");
    assertThat(decisions).extracting(QueueEvent.Decided::room).containsExactly(3, 0, 3, 0, 1, 0);
    // Three pairs of step 1 wait for two steps, then have the fallback in step 3.
    assertThat(decisions.get(2).joined()).hasSize(3);
    assertThat(decisions.get(2).joined())
        .allMatch(one -> one.pair().key().step() == 1 && one.probability().isEmpty());
    assertThat(pairs("run", 3)).extracting(TrainedPair::source).containsOnly("winner");
    // Eight pairs a step: 5, 8, 5 + 3 and 8 are trained on with the fallback.
    assertThat(List.of(1L, 2L, 3L, 4L).stream().map(step -> pairs("run", step).size()))
        .containsExactly(5, 8, 8, 8);
    assertThat(runs.metric("run", 3, "people/fallback")).isEqualTo(3);
    assertThat(runs.metric("run", 4, "people/waiting")).isEqualTo(3);
    // In step 5 there is room for three, but people have been asked about six of seven.
    assertThat(queue("run").requests()).isEqualTo(7);
  }

  private static void delete(Path checkpoint) throws IOException {
    try (var files = Files.walk(checkpoint)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
