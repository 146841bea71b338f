package dev.kelpie.cli;

import dev.kelpie.cli.BadConfigTest.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Reward models that cannot learn from judgements in the loop; no judge is asked. */
class BadOnlineRewardTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Rewards learned from judgements");

  private static final String MODEL =
      "models.j { url = \"http://localhost:1/v1\", model = m }, online-reward ";
  private static final String JUDGE =
      "annotator { type = judge, model = j, template-path = judge.txt }";

  static final List<Kind> REFUSED =
      List.of(
          new Kind("annotator without a type", MODEL + "{ annotator.model = j }"),
          new Kind("annotator that is no judge", MODEL + "{ annotator.type = length }"),
          new Kind("annotator whose model is not there", "online-reward { " + JUDGE + " }"),
          new Kind(
              "annotator without a template", MODEL + "{ annotator { type = judge, model = j } }"),
          new Kind("unknown key", MODEL + "{ " + JUDGE + ", quue = 10 }"),
          new Kind("factor that takes nothing in", MODEL + "{ " + JUDGE + ", coef = 0 }"),
          new Kind("update of nothing", MODEL + "{ " + JUDGE + ", batch-size = 0 }"),
          new Kind("queue for nothing", MODEL + "{ " + JUDGE + ", queue = 0 }"),
          new Kind("negative patience", MODEL + "{ " + JUDGE + ", patience = -1s }"),
          new Kind("checkpoint that is not there", MODEL + "{ " + JUDGE + ", path = nowhere }"),
          new Kind(
              "beside a process reward model",
              MODEL + "{ " + JUDGE + " }, algorithm.preset = prime"),
          new Kind(
              "beside a greedy baseline",
              MODEL + "{ " + JUDGE + " }, algorithm.advantage.type = remax"),
          new Kind(
              "beside people who label",
              MODEL + "{ " + JUDGE + " }, algorithm { preset = online-dpo, label.type = people }"),
          new Kind(
              "branch that is discarded",
              MODEL
                  + "{ "
                  + JUDGE
                  + " }, iterations { steps = 2, branch.discard = true }, run.steps = 8"));

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void writeWhatIsIncluded() throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
    Files.writeString(folder.resolve("judge.txt"), "Rate {response}");
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedWithKeyValueExpectationAndPlace(Kind kind) throws IOException {
    TABLE.add(kind.what(), kind.written(), kind.refusal(folder));
  }
}
