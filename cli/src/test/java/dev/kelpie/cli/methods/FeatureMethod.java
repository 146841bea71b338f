package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.ScoredTrajectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/** The method whose reward model weighs rules. */
final class FeatureMethod {
  private static final List<String> NAMES = List.of("first", "second", "third");
  private static final double[] TASTE = {2, 1, 0.5};
  private static final int PAIRS = 940;

  static final List<Method> ALL =
      List.of(
          new Method("rm.features", 0, List.of(), Optional.empty(), FeatureMethod::taste, true));

  private FeatureMethod() {}

  private static void taste(MethodRuns runs) throws IOException {
    Path folder = runs.whole().folder().resolveSibling("taste");
    Path rows = Files.createDirectories(folder).resolve("rows.jsonl");
    Files.write(rows, rows());
    Recorded run = runs.with("data.path=" + rows, "reward-model.held-out=0");
    JsonNode weights = run.rewardModel().path("weights");
    assertThat(run.rewardModel().at("/data/training-pairs").asInt()).isEqualTo(PAIRS);
    double first = weights.path("first").asDouble();
    assertThat(weights.path("second").asDouble() / first).isCloseTo(1 / 2.0, within(0.05));
    assertThat(weights.path("third").asDouble() / first).isCloseTo(1 / 4.0, within(0.025));
    assertThat(runs.whole().rewardModel().at("/models/0/held-out/accuracy").asDouble())
        .isGreaterThan(0.9);
    // A run that includes the rewards gives each response their weighted sum.
    Path file = folder.resolve("x.conf");
    Path bare = folder.toAbsolutePath().relativize(Shipped.configs().resolve("methods/bare.conf"));
    Files.writeString(
        file,
        String.format(
            "include required(\"%s\")%ninclude required(\"%s\")%neval.path = \"\","
                + " dashboard.enabled = false, run.steps = 1, algorithm.preset = grpo%nrollout {"
                + " prompts-per-step = 2, group-size = 2 }%nlearner.minibatches = 1%n",
            bare, folder.relativize(run.folder().resolve("reward.conf"))));
    Path out = folder.resolve("run");
    CommandLineRun terminal =
        CommandLineRun.of("train", file.toString(), "--run-dir", out.toString());
    assertThat(terminal.code()).as(terminal.out() + terminal.err()).isZero();
    for (ScoredTrajectory response : new Recorded(out).responses(1)) {
      double sum = 0;
      for (String name : NAMES) {
        float part = Numbers.known(response.score().parts().get(name));
        sum += weights.path(name).asDouble() * part;
      }
      assertThat((double) response.reward())
          .isCloseTo(sum, within(1e-5 * Math.max(1, Math.abs(sum))));
    }
  }

  /** Pairs of three numbers each; the better ones have the smaller weighted sum. */
  private static List<String> rows() {
    SplittableRandom random = new SplittableRandom(7);
    List<String> rows = new ArrayList<>();
    while (rows.size() < PAIRS) {
      int[] one = random.ints(3, 1, 100).toArray();
      int[] other = random.ints(3, 1, 100).toArray();
      double difference = cost(other) - cost(one);
      if (difference != 0) {
        rows.add(
            String.format(
                Locale.ROOT,
                "{\"prompt\": \"%d?\", \"answer\": \"0\", \"chosen\": \"%s\", \"rejected\":"
                    + " \"%s\"}",
                rows.size(),
                text(difference > 0 ? one : other),
                text(difference > 0 ? other : one)));
      }
    }
    return rows;
  }

  private static double cost(int[] numbers) {
    return TASTE[0] * numbers[0] + TASTE[1] * numbers[1] + TASTE[2] * numbers[2];
  }

  private static String text(int[] numbers) {
    return numbers[0] + "," + numbers[1] + "," + numbers[2];
  }
}
