package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.Shipped;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.scoring.Classifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The method whose reward is by how much a response is better than a reference. */
final class GapMethod {
  private static final String FILE = "improved.jsonl";
  private static final int END = 2; // </s>

  static final List<Method> ALL = List.of(Method.of("pit", GapMethod::gap));

  private GapMethod() {}

  private static void gap(MethodRuns runs) throws IOException {
    Recorded run = runs.whole();
    requireGaps(run, MethodRuns.rows(FILE));
    // A response that repeats the reference, which stands in two columns.
    Path twice = run.folder().resolveSibling("twice.jsonl");
    List<String> both = new ArrayList<>();
    for (String row : Files.readAllLines(Shipped.configs().resolve("methods/" + FILE))) {
      String reference = row.substring(row.indexOf("\"reference\""));
      both.add(row.replace("}", ", " + reference.replace("reference", "copy")));
    }
    Files.write(twice, both);
    Recorded same =
        runs.with(
            "data.path=" + twice,
            "run.steps=1",
            "members.same={column = copy}",
            "algorithm.rows=sampled",
            "algorithm.terms.same={rows = member, member = same, loss {type = sft}, weight = 0.1}");
    int copies = 0;
    for (ScoredTrajectory response : same.responses(1)) {
      if (response.trajectory().origin().member().equals("same")) {
        assertThat(response.reward()).isZero();
        copies++;
      }
    }
    assertThat(copies).isPositive();
    // Stage 2: the references are the first policy's own responses.
    Path own = run.folder().resolveSibling("own.jsonl");
    List<String> rows = new ArrayList<>();
    Map<String, JsonNode> questions = MethodRuns.rows(FILE);
    for (ScoredTrajectory response : run.responses(2)) {
      String text = response.trajectory().text();
      String question =
          Numbers.known(questions.get(response.trajectory().prompt().text()))
              .path("question")
              .asText();
      if (!text.isEmpty() && text.length() < 12) {
        rows.add(
            String.format(
                "{\"prompt\": \"%s%s,\", \"question\": \"%s\", \"reference\": \"%s\"}",
                question, text, question, text));
      }
    }
    assertThat(rows).isNotEmpty();
    Files.write(own, rows);
    Recorded second =
        runs.with(
            "data.path=" + own,
            "policy.path=" + run.folder().resolve("checkpoints/step-2/learner/policy"),
            "rollout.prompts-per-step=" + Math.min(4, rows.size()),
            "run.steps=1");
    assertThat(second.responses(1)).isNotEmpty();
  }

  /** The rewards of both steps, from the vectors of the model; exchanged, the opposite. */
  private static void requireGaps(Recorded run, Map<String, JsonNode> rows) {
    Path model = Shipped.configs().resolve("methods/scorers/gap");
    try (Classifier classifier = Classifier.open(Experiment.DEFAULTS, model, OptionalInt.empty())) {
      for (int step = 1; step <= 2; step++) {
        for (ScoredTrajectory response : run.responses(step)) {
          Prompt seen = response.trajectory().prompt();
          JsonNode row = Numbers.known(rows.get(seen.text()));
          TokenIds reference = Weights.text(row.path("reference").asText());
          assertThat(ids(seen.tokens())).contains(ids(reference));
          TokenIds question = Weights.encoded(row.path("question").asText());
          int[] ended = Arrays.copyOf(reference.toArray(), reference.length() + 1);
          ended[reference.length()] = END;
          TokenIds own = response.trajectory().response();
          double[] margins =
              classifier.margins(
                  List.of(
                      pair(question, own, TokenIds.of(ended)),
                      pair(question, TokenIds.of(ended), own)));
          assertThat((double) response.reward())
              .isCloseTo(margins[0], within(1e-5 * (1 + Math.abs(margins[0]))));
          assertThat(margins[0] + margins[1]).isCloseTo(0, within(1e-5));
        }
      }
    }
  }

  private static String ids(TokenIds tokens) {
    return Arrays.toString(tokens.toArray()).replaceAll("[\\[\\]]", "");
  }

  private static Prompt pair(TokenIds prompt, TokenIds first, TokenIds second) {
    return new Prompt(
        "p",
        "",
        prompt,
        Optional.empty(),
        Map.of(),
        List.of(
            new GivenResponse(Origin.POLICY, "", first, FinishReason.STOP),
            new GivenResponse(Origin.POLICY, "", second, FinishReason.STOP)));
  }
}
