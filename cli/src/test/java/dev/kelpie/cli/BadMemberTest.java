package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.BadConfigTest.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Groups, models, prompts and rounds that an experiment cannot have. */
class BadMemberTest {
  private static final ErrorsTable TABLE =
      ErrorsTable.section("Members, models, variants and iterations");

  static final List<Kind> REFUSED =
      List.of(
          new Kind("steps that make no whole iterations", "run.steps = 80, iterations.steps = 3"),
          new Kind(
              "iterations of an asynchronous run", "iterations.steps = 2, async.max-staleness = 1"),
          new Kind(
              "iterations with a reference that moves at every step",
              "iterations.steps = 2, reference.schedule = ema"),
          new Kind("share of replay above 1", "iterations.replay = [0.3, 1.5]"),
          new Kind("extrapolation without a length", "iterations.advance.type = extrapolate"),
          new Kind("length of an advance that copies", "iterations.advance.alpha = 0.3"),
          new Kind(
              "stage that sets what cannot change",
              "iterations.stages = [{ until = 1, set { run.seed = 2 } }]"),
          new Kind(
              "stage that sets a path",
              "iterations.stages = [{ until = 1, set { policy.path = other } }]"),
          new Kind(
              "stage with a wrong value",
              "iterations.stages = [{ until = 1, set { learner.epochs = 0 } }]"),
          new Kind("stage that sets nothing", "iterations.stages = [{ until = 1 }]"),
          new Kind(
              "stages out of order",
              "iterations.stages = [{ until = 2, set { learner.epochs = 2 } }, { until "
                  + "= 1, set { learner.epochs = 3 } }]"),
          new Kind(
              "branch that is discarded and averaged",
              "iterations { branch.discard = true, advance { type = average, alpha = " + "0.5 } }"),
          new Kind(
              "reward by a model that is not there",
              "models.now.policy = current, reward.own { type = log-ratio, of = now, "
                  + "to = nwo }"),
          new Kind("model that nothing uses", "models.now.policy = current"),
          new Kind(
              "model that is a checkpoint and an iterate",
              "models.now { path = y, policy = current }"),
          new Kind(
              "reference that is two models",
              "models.now.policy = initial, reference { model = now, path = y }"),
          new Kind("template that drops the prompt", "variants.x.template = \"Say something\""),
          new Kind(
              "variant of pairs that is not there",
              "algorithm { preset = online-dpo, pairing.variants.chosen = lng }, "
                  + "variants.long.template = \"A {prompt}\""),
          new Kind("a member called policy", "members.policy {}"),
          new Kind(
              "a key that the member's source does not take",
              "members.gold { from = column, coef = 0.5 }"),
          new Kind(
              "importance over responses without log-probabilities",
              "members.gold.column = c, algorithm.loss.correction = token-tis"),
          new Kind("member from nowhere", "members.gold.from = colum"),
          new Kind(
              "member of the present version", "members.old { from = earlier, version = t-0 }"),
          new Kind("member of a model without its folder", "members.teacher.from = model"),
          new Kind(
              "member of a checkpoint that is not there",
              "members.teacher { from = model, path = nowhere }"),
          new Kind(
              "member that is a checkpoint and a named model",
              "models.now.policy = previous, members.old { from = model, path = y, model = now }"),
          new Kind(
              "member of a named model that is not there",
              "models.judge.policy = previous, members.old { from = model, model = jugde }"),
          new Kind(
              "member of a named model that samples already",
              "models.now.policy = current, members.old { from = model, model = now }"),
          new Kind(
              "member of the version that is trained, without branches",
              "members.old { from = earlier, version = present }"),
          new Kind(
              "member that is never chosen and not there",
              "algorithm { preset = online-dpo, pairing { type = all, never-chosen = past } }"),
          new Kind(
              "prompts of a member that are not there",
              "variants.long.template = \"A {prompt}\", members.old { from = earlier, variant = "
                  + "lng, trained = false }"),
          new Kind(
              "prompts of a member that is read",
              "variants.long.template = \"A {prompt}\", members.gold { column = c, variant = long"
                  + " }"),
          new Kind(
              "prompts of a member that show a score",
              "variants.goal.template = \"{score} {prompt}\", members.old { from = earlier, variant"
                  + " = goal, trained = false }"),
          new Kind("model with a name that numbers have", "models.reference.policy = initial"),
          new Kind(
              "model of an iterate that is not there",
              "models.now.policy = curent, reference.model = now, algorithm.kl.coef = " + "0.1"),
          new Kind(
              "model whose checkpoint is not there",
              "models.judge.path = nowhere, reference.model = judge, algorithm.kl.coef " + "= 0.1"),
          new Kind(
              "iterate of an asynchronous run",
              "models.now.policy = current, reference.model = now, algorithm.kl.coef = "
                  + "0.1, async.max-staleness = 1"),
          new Kind(
              "variant of a model that is not there",
              "models.now { policy = initial, variant = lng }, reference.model = now, "
                  + "algorithm.kl.coef = 0.1"),
          new Kind("variant that nothing uses", "variants.long.template = \"A {prompt}\""),
          new Kind(
              "variant of a reference that no loss needs",
              "variants.long.template = \"A {prompt}\", reference.variant = long"),
          new Kind(
              "variant of a column that is not there",
              "variants.long.template = \"{documnt} {prompt}\", reference.variant = "
                  + "long, algorithm.kl.coef = 0.1"),
          new Kind(
              "shots without a column",
              "variants.few { template = \"{shots}{prompt}\", shots.count = 2 }"),
          new Kind(
              "shots that the template does not show",
              "variants.few { template = \"A {prompt}\", shots { count = 2, by = "
                  + "answer, template = \"{prompt}\" } }"));

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void writeWhatIsIncluded() throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
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

  @Test
  void emptyGoldColumnIsRefused() throws IOException {
    String row = SmallExperiment.row("1+1?", 2);
    Files.writeString(
        folder.resolve("rows.jsonl"),
        row.replace("}", ", \"teacher\": \"2\"}\n").repeat(2)
            + row.replace("}", ", \"teacher\": \"\"}"));
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "include required(\"small.conf\")\nmembers.gold.column = teacher");
    String line = Refusal.of(folder, file.toString());
    assertThat(line).contains("rows.jsonl:3");
    TABLE.add("an empty gold column", "\"teacher\": \"\" in a row", line);
  }
}
