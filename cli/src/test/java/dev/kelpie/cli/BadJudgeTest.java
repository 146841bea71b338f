package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

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

/** Judges and servers that an experiment cannot have; none of them is asked. */
class BadJudgeTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Judges and servers");

  private static final String MODEL = "models.j { url = \"http://localhost:1/v1\", model = m";
  private static final String JUDGE =
      "reward.q { type = judge, model = j, template-path = judge.txt";

  private static final String OWN =
      "models.j.policy = current, reward.q { type = judge, model = j, template-path = own.txt, read"
          + " = logprob";

  static final List<Kind> REFUSED =
      List.of(
          new Kind("url without scheme", "models.j { url = \"localhost:8000/v1\", model = m }"),
          new Kind("url of another scheme", "models.j { url = \"ftp://host/v1\", model = m }"),
          new Kind(
              "url with a password", "models.j { url = \"http://me:secret@host/v1\", model = m }"),
          new Kind(
              "model of a server without its name", "models.j.url = \"http://localhost:1/v1\""),
          new Kind(
              "key in place of its variable",
              MODEL + ", api-key-env = \"sk-123\" }, " + JUDGE + " }"),
          new Kind(
              "variable of a key that is not set",
              MODEL + ", api-key-env = KELPIE_NO_SUCH_KEY }, " + JUDGE + " }"),
          new Kind("budget of money without a price", MODEL + ", budget.money = 5 }"),
          new Kind("model of a server that nothing uses", MODEL + " }"),
          new Kind(
              "request that may take longer than a reward",
              MODEL + ", timeout = 60s }, " + JUDGE + " }"),
          new Kind("judge that is not there", JUDGE + " }"),
          new Kind(
              "held-out judge that is not there",
              "eval.path = rows.jsonl, held-out.q { type = judge, model = j, template-path ="
                  + " judge.txt }"),
          new Kind(
              "judge with a misspelt model",
              MODEL + " }, reward.q { type = judge, model = jj, template-path = judge.txt }"),
          new Kind("number of a model of the run", "models.j.policy = current, " + JUDGE + " }"),
          new Kind(
              "checklist of a model of the run",
              OWN + ", protocol = checklist, choices = [\"1\", \"2\"] }"),
          new Kind("own judge that samples", OWN + ", temperature = 1, choices = [\"1\", \"2\"] }"),
          new Kind(
              "template that the policy has no tokens for",
              "models.j.policy = current, "
                  + JUDGE
                  + ", read = logprob, choices = [\"1\", \"2\"] }"),
          new Kind(
              "choice of several tokens for log-probabilities",
              OWN + ", choices = [\"12\", \"3\"] }"),
          new Kind("choice that the policy has no token for", OWN + ", choices = [\"1\", \"A\"] }"),
          new Kind(
              "comparison by choices of several tokens",
              "models.j.policy = current, compare { type = judge, model = j, template-path ="
                  + " pair.txt, read = logprob, choices = [\"1\", \"10\"] }, group-reward.type ="
                  + " win-rate"),
          new Kind(
              "label by comparisons that are not there",
              "algorithm { preset = online-dpo, label.type = compared }"),
          new Kind(
              "fallback label by comparisons that are not there",
              "algorithm { preset = online-dpo, label { type = people, fallback.type = compared }"
                  + " }"),
          new Kind(
              "log-probabilities of a model of a server",
              MODEL + " }, " + JUDGE + " }, reward.own { type = log-ratio, of = j }"),
          new Kind(
              "template that is not there",
              MODEL + " }, reward.q { type = judge, model = j, template-path = nowhere.txt }"),
          new Kind("judge without a template", MODEL + " }, reward.q { type = judge, model = j }"),
          new Kind(
              "template without its placeholders",
              MODEL + " }, reward.q { type = judge, model = j, template-path = empty.txt }"),
          new Kind("one choice", MODEL + " }, " + JUDGE + ", read = verdict, choices = [yes] }"),
          new Kind("votes that are all the same", MODEL + " }, " + JUDGE + ", votes = 3 }"),
          new Kind(
              "votes of log-probabilities",
              MODEL + " }, " + JUDGE + ", read = logprob, votes = 3 }"),
          new Kind("checklist of numbers", MODEL + " }, " + JUDGE + ", protocol = checklist }"),
          new Kind(
              "comparison of one response",
              MODEL
                  + " }, compare { type = judge, model = j, template-path = judge.txt },"
                  + " group-reward.type = win-rate"),
          new Kind("reward of a server without its url", "reward.q { type = http }"),
          new Kind("reward of a server with a wrong url", "reward.q { type = http, url = score }"));

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @BeforeEach
  void files() throws IOException {
    SmallExperiment.write(folder, "");
    Files.writeString(folder.resolve("judge.txt"), "Rate {response}");
    Files.writeString(folder.resolve("empty.txt"), "Rate it");
    Files.writeString(folder.resolve("own.txt"), "{response}?");
    Files.writeString(folder.resolve("pair.txt"), "{first}?{second}?");
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void areRefusedByName(Kind kind) throws IOException {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "include required(\"small.conf\")\n" + kind.written());
    String line = Refusal.of(folder, file.toString());
    assertThat(line).contains("(expected: ").doesNotContain("secret", "sk-123");
    TABLE.add(kind.what(), kind.written(), line);
  }
}
