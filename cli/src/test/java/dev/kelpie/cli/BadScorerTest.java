package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.BadConfigTest.Kind;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.reward.PreferenceHead;
import dev.kelpie.experience.reward.UserHead;
import dev.kelpie.learner.scoring.PreferenceHeadFile;
import dev.kelpie.learner.scoring.UserHeadFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Reward models, ensembles, similarities and held-out scorers that cannot be. */
class BadScorerTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Models that score");

  static final List<Kind> REFUSED =
      List.of(
          new Kind(
              "score of a language model",
              "models.rm.path = language, reward.rm { type = model, model = rm }"),
          new Kind(
              "score of the policy",
              "models.rm.policy = initial, reward.rm { type = model, model = rm }"),
          new Kind(
              "several labels and no index",
              "models.rm.path = labels, reward.rm { type = model, model = rm }"),
          new Kind(
              "score of a model that compares",
              "models.rm.path = compares, reward.rm { type = model, model = rm }"),
          new Kind(
              "gap by a model that scores",
              "models.rm.path = rm, reward.rm { type = gap, model = rm, to = prompt }"),
          new Kind(
              "steps by a model that scores",
              "models.rm.path = rm, reward.rm { type = process, model = rm, separator = \",\" }"),
          new Kind(
              "reward model of users without a user",
              "models.rm.path = tastes, reward.rm { type = model, model = rm }"),
          new Kind(
              "reward model of users for somebody else",
              "models.rm { path = tastes, user = anne }, reward.rm { type = model, model = rm }"),
          new Kind(
              "user and the column of the user",
              "models.rm { path = tastes, user = ann, user-column = user }, reward.rm { type ="
                  + " model, model = rm }"),
          new Kind(
              "user of a model that knows none",
              "models.rm { path = rm, user = ann }, reward.rm { type = model, model = rm }"),
          new Kind(
              "user of the policy",
              "models.rm { policy = current, user = ann }, reward.rm { type = model, model = rm }"),
          new Kind(
              "label of a reward model of users",
              "models.rm { path = tastes, user = ann, index = 0 }, reward.rm { type = model, model"
                  + " = rm }"),
          new Kind(
              "probability of a reward model of users",
              "models.rm { path = tastes, user = ann }, reward.rm { type = model, model = rm, read"
                  + " = probability }"),
          new Kind(
              "label that is not there",
              "models.rm { path = labels, index = 3 }, reward.rm { type = model, model = rm }"),
          new Kind(
              "label of the policy",
              "models.rm { policy = current, index = 0 }, reward.rm { type = model, model = rm }"),
          new Kind(
              "log-probabilities of a classifier",
              "models.rm.path = rm, reward.rm { type = log-ratio, of = rm }"),
          new Kind(
              "reference that is a classifier", "reference.path = rm, algorithm.kl.coef = 0.1"),
          new Kind(
              "log-probabilities of a model of another vocabulary",
              "models.rm.path = strange, reward.rm { type = log-ratio, of = rm }"),
          new Kind(
              "reward model of another vocabulary, and chats",
              "models.rm.path = strange, data.chat = true, reward.rm { type = model, model = rm }"),
          new Kind(
              "reward model that is not there",
              "models.rm.path = rm, reward.rm { type = model, model = rn }"),
          new Kind("reward model without a name", "reward.rm.type = model"),
          new Kind(
              "numbers that nothing is normalised by",
              "models.rm.path = rm, reward.rm { type = model, model = rm, std = 2 }"),
          new Kind(
              "dropout of everything",
              "models.rm.path = rm, reward.rm { type = dropout, model = rm, rate = 1 }"),
          new Kind(
              "deviation of 0",
              "models.rm.path = rm, reward.rm { type = model, model = rm, normalize = fixed, std ="
                  + " 0 }"),
          new Kind(
              "negative clip",
              "models.rm.path = rm, reward.rm { type = model, model = rm, clip = -1 }"),
          new Kind(
              "ensemble of one",
              "models.rm.path = rm, reward.rm { type = ensemble, models = [rm] }"),
          new Kind(
              "ensemble with a model twice",
              "models.rm.path = rm, reward.rm { type = ensemble, models = [rm, rm] }"),
          new Kind(
              "lambda of a mean",
              "models { a.path = rm, b.path = rm }, reward.rm { type = ensemble, models = [a, b],"
                  + " lambda = 2 }"),
          new Kind(
              "similarity of the response to itself",
              "models.rm.path = rm, reward.rm { type = similarity, model = rm, to = response }"),
          new Kind(
              "held-out scorer without an evaluation",
              "models.rm.path = rm, held-out.rm { type = model, model = rm }"),
          new Kind(
              "held-out scorer by a model that is not there",
              "eval.path = rows.jsonl, held-out.rm { type = model, model = rm }"),
          new Kind(
              "held-out scorer that is normalised by steps",
              "models.rm.path = rm, eval.path = rows.jsonl, held-out.rm { type = model, model = rm,"
                  + " normalize = running }"),
          new Kind(
              "held-out scorer with a weight",
              "models.rm.path = rm, eval.path = rows.jsonl, held-out.rm { type = model, model = rm,"
                  + " weight = 2 }"));

  private static Path folder = Path.of("");

  @BeforeAll
  static void writeWhatIsIncluded(@TempDir Path made) throws IOException {
    folder = made;
    SmallExperiment.write(folder, "policy.init = random");
    RewardModels.write(folder, "rm", 1, 1);
    RewardModels.write(folder, "labels", 3, 2);
    PreferenceHeadFile.write(
        RewardModels.write(folder, "compares", 4, 3), Optional.of(new PreferenceHead(4, 0.1)));
    UserHeadFile.write(RewardModels.write(folder, "tastes", 2, 4), Optional.of(users()));
    Path policy = Shipped.configs().resolve("quickstart/policy");
    Files.createSymbolicLink(folder.resolve("language"), policy);
    Path strange = RewardModels.write(folder, "strange", 1, 1).resolve("tokenizer.json");
    Files.writeString(strange, Files.readString(strange).replace("\"?\"", "\"!\""));
  }

  private static UserHeadFile.Contents users() {
    SortedMap<String, PerToken> points =
        new TreeMap<>(Map.of("ann", PerToken.of(1, 0), "bob", PerToken.of(0, 1)));
    return new UserHeadFile.Contents(
        new UserHead(UserHead.Kind.PAL, 2, "user", points), points, PerToken.of(1, 0, 0, 1));
  }

  @AfterAll
  static void compareWithTheDocumentation() throws IOException {
    Files.delete(folder.resolve("language"));
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedWithKeyValueExpectationAndPlace(Kind kind) throws IOException {
    TABLE.add(kind.what(), kind.written(), kind.refusal(folder));
  }

  @Test
  void similarityToAColumnThatIsNotThereIsRefused() throws IOException {
    String written = "models.rm.path = rm, reward.rm { type = similarity, model = rm, to = gold }";
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "include required(\"small.conf\")\n" + written);
    TABLE.add(
        "similarity to a column that is not there", written, Refusal.of(folder, file.toString()));
  }

  @Test
  void usersByAColumnThatIsNotThereAreRefused() throws IOException {
    String written =
        "models.rm { path = tastes, user-column = user }, reward.rm { type = model, model = rm }";
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "include required(\"small.conf\")\n" + written);
    TABLE.add(
        "reward model of users by a column that rows have not",
        written,
        Refusal.of(folder, file.toString()));
  }

  @Test
  void evalNamesWhatItLacks() {
    String config = Shipped.quickstart();
    assertThat(eval(config, "--by", "subset"))
        .contains("--pairs, --by and --index need --reward-model");
    assertThat(eval(config, "--reward-model", folder.resolve("rm").toString()))
        .contains("eval.pairs-path: missing (expected: a file of pairs, or --pairs FILE)");
    assertThat(
            eval(
                config,
                "--reward-model",
                folder.resolve("labels").toString(),
                "--pairs",
                folder.resolve("rows.jsonl").toString()))
        .contains("--index: missing (expected: which of the 3 labels of ");
    assertThat(
            eval(
                config,
                "--reward-model",
                folder.resolve("compares").toString(),
                "--pairs",
                folder.resolve("rows.jsonl").toString(),
                "--index",
                "1"))
        .contains("--index: 1 (expected: no value, because the outputs of ");
    assertThat(
            eval(
                config,
                "--reward-model",
                folder.resolve("language").toString(),
                "--pairs",
                folder.resolve("rows.jsonl").toString()))
        .contains("a LlamaForCausalLM (expected: a classifier, ...ForSequenceClassification)");
  }

  private static String eval(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "eval";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    CommandLineRun run = CommandLineRun.of(all);
    assertThat(run.code()).isEqualTo(2);
    return run.err();
  }
}
