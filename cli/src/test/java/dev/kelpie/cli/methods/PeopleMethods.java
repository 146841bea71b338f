package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.label.PairQueue;
import dev.kelpie.runs.label.QueueFile;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Methods whose pairs people label: here one who answers over HTTP as scripted. */
final class PeopleMethods {
  private static final int BUDGET = 6;

  static final List<Method> ALL =
      List.of(
          Method.of(
              "annotation-router",
              PeopleMethods::router,
              "rollout.prompts-per-step=8",
              "algorithm.label.waiting=4",
              "algorithm.label.budget=" + BUDGET));

  private PeopleMethods() {}

  /** The people say what the file says; its judge is wrong on every second row, topic brief. */
  private static void router(MethodRuns runs) throws Exception {
    Map<String, JsonNode> rows = MethodRuns.rows("routed.jsonl");
    Recorded run =
        runs.answered(
            3, (prompt, left, right) -> right(rows, prompt).equals(left) ? "left" : "right");
    PairQueue queue = new QueueFile(new RunFolder(run.folder())).read();
    // Four pairs in the order of the step; from the second step on the judge's errors are known.
    assertThat(queue.requests()).isEqualTo(BUDGET);
    List<Integer> answered = queue.decisions().stream().map(one -> one.joined().size()).toList();
    assertThat(answered).containsExactly(0, 4, 2);
    List<String> asked =
        queue.decisions().get(2).joined().stream()
            .map(one -> topic(run, rows, one.pair().key().step(), one.pair().key().group()))
            .toList();
    long brief = IntStream.range(0, 8).filter(i -> topic(run, rows, 2, i).equals("brief")).count();
    assertThat(brief).isGreaterThan(1);
    assertThat(asked).containsExactly("brief", "brief");
    for (long step = 1; step <= 3; step++) {
      requireSources(run, rows, step, answered.get((int) step - 1));
    }
  }

  private static String topic(Recorded run, Map<String, JsonNode> rows, long step, int group) {
    String prompt =
        run.samples(step).groups().stream()
            .filter(one -> one.id().index() == group)
            .map(one -> one.members().get(0).trajectory().prompt().text())
            .findFirst()
            .orElseThrow();
    return Numbers.known(rows.get(prompt)).path("topic").asText();
  }

  private static String right(Map<String, JsonNode> rows, String prompt) {
    return Numbers.known(rows.get(prompt)).at("/responses/0").asText();
  }

  /** Each pair says who labelled it: people are right, the judge is right on one of two topics. */
  private static void requireSources(
      Recorded run, Map<String, JsonNode> rows, long step, int people) throws IOException {
    List<TrainedPair> pairs = new PairFiles(run.folder().resolve("rollouts")).read(step);
    assertThat(pairs.stream().filter(pair -> pair.source().equals("people"))).hasSize(people);
    for (TrainedPair pair : pairs) {
      String topic = topic(run, rows, pair.chosen().group().step(), pair.chosen().group().index());
      boolean right = pair.source().equals("people") || topic.equals("steps");
      assertThat(pair.source()).isIn("people", "winner");
      assertThat(pair.probability()).isEqualTo(right ? 1 : 0);
    }
  }
}
