package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.scoring.Classifier;
import dev.kelpie.model.SafetensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reward models of users, or sources, who differ; the rows are 54 pairs of 27 prompts, and two
 * opposite tastes.
 */
final class UserMethods {
  private static final String FILE = "opposites.jsonl";

  static final List<Method> ALL =
      List.of(
          Method.rewardModel(
              "pal",
              UserMethods::idealPoints,
              "reward-model.held-out=0",
              "reward-model.batch-size=54"),
          Method.rewardModel(
              "vpl", UserMethods::latent, "reward-model.held-out=0", "reward-model.batch-size=54"),
          Method.rewardModel("more", UserMethods::sources));

  private UserMethods() {}

  private static void idealPoints(MethodRuns runs) throws IOException {
    // The second update saw all pairs under the weights and the ideal points of the first.
    Recorded first = runs.with("reward-model.steps=1");
    assertThat(runs.whole().metric(2, "reward_model/loss"))
        .isCloseTo(loss(first, "ann", "bob"), within(1e-4));
    // One prototype: both users have the same scores, so that of two opposite pairs one is right.
    Recorded one = runs.with("reward-model.steps=1", "reward-model.loss.prototypes=1");
    assertThat(loss(one, "ann", "bob")).isEqualTo(loss(one, "bob", "ann"));
    Recorded alike =
        runs.with(learning("reward-model.loss.prototypes=1", "reward-model.head-std=0.02"));
    assertThat(accuracy(alike)).isEqualTo(0.5);
    Recorded two = runs.with(learning());
    assertThat(accuracy(two)).isEqualTo(1);
    assertThat(RewardModelMethods.measured("pal", two, "--pairs", file(), "--by", "user"))
        .contains("  ann: accuracy 1.0000", "  bob: accuracy 1.0000");
    reward(two);
  }

  /** A run of the rows' prompts rewards each response for the user of its row. */
  private static void reward(Recorded model) throws IOException {
    Path folder = model.folder().resolveSibling("for-users");
    Path file = Files.createDirectories(folder).resolve("x.conf");
    Path bare = folder.toAbsolutePath().relativize(Shipped.configs().resolve("methods/bare.conf"));
    Files.writeString(
        file,
        String.format(
            "include required(\"%s\")%ndata { path = \"%s\", answer = \"\" }%neval.path = \"\","
                + " dashboard.enabled = false, run.steps = 1, algorithm.preset = grpo%n"
                + "models.rm { path = \"%s\", user-column = user }%n"
                + "reward.taste { type = model, model = rm }%n"
                + "rollout { prompts-per-step = 4, group-size = 2 }%nlearner.minibatches = 1%n",
            bare, file(), model.folder().toAbsolutePath()));
    Path out = folder.resolve("run");
    CommandLineRun terminal =
        CommandLineRun.of("train", file.toString(), "--run-dir", out.toString());
    assertThat(terminal.code()).as(terminal.out() + terminal.err()).isZero();
    List<ScoredTrajectory> responses = new Recorded(out).responses(1);
    List<Prompt> prompts = new ArrayList<>();
    for (ScoredTrajectory response : responses) {
      Trajectory trajectory = response.trajectory();
      assertThat(trajectory.prompt().metadata()).containsOnlyKeys("user");
      GivenResponse given =
          new GivenResponse(Origin.POLICY, "", trajectory.response(), trajectory.finishReason());
      Prompt prompt = trajectory.prompt();
      prompts.add(
          new Prompt(
              prompt.id(),
              prompt.text(),
              prompt.tokens(),
              prompt.answer(),
              prompt.metadata(),
              List.of(given)));
    }
    try (Classifier classifier = RewardModelMethods.classifier(model)) {
      List<double[]> scores = classifier.scores(prompts);
      for (int i = 0; i < responses.size(); i++) {
        double reward = responses.get(i).reward();
        assertThat(reward).isCloseTo(scores.get(i)[0], within(1e-4 * (1 + Math.abs(reward))));
      }
    }
  }

  private static void latent(MethodRuns runs) throws IOException {
    // The posteriors begin as the prior, where the KL has no gradient: without it the first update
    // is the same, and the loss of the second differs by the KL of the posteriors.
    Recorded with = runs.with("reward-model.loss.kl-coef=1");
    Recorded without = runs.with("reward-model.loss.kl-coef=0");
    double divergence = 0;
    FloatBuffer posteriors = users(runs.with("reward-model.steps=1"));
    int latent = 2;
    for (int user = 0; user < 2; user++) {
      for (int i = 0; i < latent; i++) {
        double mean = posteriors.get(user * 2 * latent + i);
        double logVariance = posteriors.get(user * 2 * latent + latent + i);
        divergence += (mean * mean + Math.exp(logVariance) - 1 - logVariance) / 2 / 2;
      }
    }
    assertThat(divergence).isGreaterThan(1e-4);
    assertThat(with.metric(2, "reward_model/loss") - without.metric(2, "reward_model/loss"))
        .isCloseTo(divergence, within(1e-6));
    assertThat(accuracy(plain(runs))).isEqualTo(0.5);
    assertThat(accuracy(runs.with(learning()))).isGreaterThan(0.9);
  }

  private static void sources(MethodRuns runs) throws IOException {
    List<String> families = List.of("adversarial", "objective", "subjective");
    Recorded run = runs.whole();
    assertThat(run.metric(1, "reward_model/loss")).isCloseTo(Math.log(2), within(1e-6));
    for (int step = 1; step <= 2; step++) {
      double square = Math.pow(run.metric(step, "reward_model/grad_norm"), 2);
      double weights = 0;
      double products = 0;
      for (String family : families) {
        String name = "reward_model/source/" + family + "/";
        double product = run.metric(step, name + "product");
        // The combined gradient is the point of the hull that is nearest to 0.
        assertThat(product).isGreaterThanOrEqualTo(square * (1 - 1e-3));
        weights += run.metric(step, name + "weight");
        products += run.metric(step, name + "weight") * product;
      }
      assertThat(weights).isCloseTo(1, within(1e-9));
      assertThat(products).isCloseTo(square, within(1e-3 * square));
    }
    // Pairs that a head of zeros sees with opposite labels: opposite gradients, and no update.
    Recorded opposite =
        runs.with(
            "data.path=" + file(),
            "reward-model.source-column=user",
            "reward-model.held-out=0",
            "reward-model.batch-size=54");
    for (String user : List.of("ann", "bob")) {
      String name = "reward_model/source/" + user + "/";
      assertThat(opposite.metric(1, name + "weight")).isCloseTo(0.5, within(1e-3));
      assertThat(opposite.metric(1, name + "product")).isCloseTo(0, within(1e-4));
    }
    assertThat(opposite.metric(1, "reward_model/grad_norm")).isCloseTo(0, within(1e-3));
    // ECE: the mean distance of confidence and accuracy, over pairs of the same confidence.
    JsonNode report = RewardModelMethods.heldOut(run);
    double error = 0;
    for (JsonNode bin : report.path("reliability")) {
      if (bin.path("pairs").asInt() > 0) {
        double distance = bin.path("confidence").asDouble() - bin.path("accuracy").asDouble();
        error += bin.path("pairs").asInt() * Math.abs(distance) / report.path("pairs").asInt();
      }
    }
    assertThat(report.path("expected-calibration-error").asDouble()).isCloseTo(error, within(1e-9));
  }

  /** The settings of a training that ends with held-out pairs ranked. */
  private static String[] learning(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "reward-model.steps=20";
    all[1] = "reward-model.held-out=0.2";
    all[2] = "reward-model.batch-size=16";
    System.arraycopy(more, 0, all, 3, more.length);
    return all;
  }

  private static Recorded plain(MethodRuns runs) {
    return runs.with(learning("reward-model.loss=null", "reward-model.loss.type=bradley-terry"));
  }

  private static double accuracy(Recorded run) throws IOException {
    return RewardModelMethods.heldOut(run).path("accuracy").asDouble();
  }

  /** The mean loss of all pairs, those of each user scored for the other if they are swapped. */
  private static double loss(Recorded run, String ann, String bob) throws IOException {
    List<Prompt> rows =
        RewardModelMethods.rows(
            FILE, row -> Map.of("user", row.path("user").asText().equals("ann") ? ann : bob));
    double sum = 0;
    try (Classifier classifier = RewardModelMethods.classifier(run)) {
      for (double[] both : classifier.scores(rows)) {
        sum -= Numbers.ls(both[0] - both[1]);
      }
    }
    assertThat(rows).hasSize(54);
    return sum / rows.size();
  }

  private static FloatBuffer users(Recorded run) {
    ByteBuffer all = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    try (SafetensorsFile file =
        SafetensorsFile.open(run.folder().resolve("user-head.safetensors"))) {
      file.read("head/users", 1 << 20, all::put);
    }
    return all.flip().asFloatBuffer();
  }

  private static String file() {
    return Shipped.configs().resolve("methods/" + FILE).toString();
  }
}
