package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightTest {
  @Test
  void findsNothingWrongWithTheQuickstart() {
    List<Preflight.Finding> findings = check();
    assertThat(findings).allMatch(Preflight.Finding::passed);
    assertThat(findings)
        .extracting(Preflight.Finding::check)
        .containsExactly(
            "experiment",
            "algorithm",
            "policy",
            "engine",
            "data",
            "eval",
            "reward",
            "memory",
            "process");
  }

  @Test
  void countsPromptsThatAreTooLong() {
    // every prompt of the quickstart has 9 tokens, so none is left at 8 and all are at 9
    assertThat(result("data", "data.max-prompt-tokens=9")).startsWith("8192 prompts of at most 9");
    assertThat(result("data", "data.max-prompt-tokens=8"))
        .contains("data.max-prompt-tokens: 8 (expected: room for a prompt");
  }

  @Test
  void namesTheColumnThatTheDataDoesNotHave() {
    assertThat(result("data", "data.prompt=promt")).startsWith("data.prompt: promt (expected:");
  }

  @Test
  void saysOnceWhatKeepsSeveralChecksFromRunning() {
    assertThat(result("reward", "data.path=nowhere.jsonl"))
        .isEqualTo("not checked, because of the above");
  }

  @Test
  void namesTheNearestReward() {
    assertThat(result("reward", "reward.answer.type=regx"))
        .startsWith("reward.answer.type: regx (expected: reward regex?");
  }

  @Test
  void namesTheEnginesThereAre() {
    assertThat(result("engine", "rollout.engine=dlj"))
        .isEqualTo("rollout.engine: dlj (expected: djl? one of djl, dataset), -D");
  }

  @Test
  void findsAPolicyFolderThatIsNone() {
    assertThat(check("policy.path=nowhere"))
        .filteredOn(finding -> finding.check().equals("policy"))
        .noneMatch(Preflight.Finding::passed);
  }

  @Test
  void filtersOfTheSamplingAreOffPolicy() {
    assertThat(result("sampling", "rollout.top-p=0.9"))
        .startsWith("warning: off-policy: rollout.top-p = 0.9 draws from a part")
        .endsWith("top-k = 0, top-p = 1 and min-p = 0 do");
    assertThat(result("sampling", "rollout={ top-k = 5, min-p = 0.1 }"))
        .contains("rollout.top-k = 5, rollout.min-p = 0.1 draws");
    assertThat(check("rollout.temperature=0.7"))
        .noneMatch(finding -> finding.check().equals("sampling"));
  }

  @Test
  void promptsThatDependOnTheDayAreNamed(@TempDir Path folder) throws IOException {
    LoadedExperiment loaded =
        chat(folder, "{{ strftime_now('%d') }}+{% for m in messages %}{{ m.content }}{% endfor %}");
    String expected =
        "warning: data.path: the chat template asks for the date (strftime_now), so the prompts"
            + " are those of "
            + LocalDate.now(ZoneId.systemDefault());
    assertThat(Preflight.check(loaded))
        .filteredOn(finding -> finding.check().equals("template"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.passed()).isTrue())
        .extracting(Preflight.Finding::result)
        .asString()
        .startsWith(expected);
    try (RunInputs inputs = RunInputs.open(loaded)) {
      assertThat(inputs.notes()).anyMatch(note -> note.startsWith(expected));
    }
  }

  @Test
  void templateThatOnlyMentionsTheDateIsNot(@TempDir Path folder) throws IOException {
    LoadedExperiment loaded =
        chat(
            folder,
            "{% if today is defined %}{{ strftime_now('%d') }}{% endif %}"
                + "{% for m in messages %}{{ m.content }}{% endfor %}");
    assertThat(Preflight.check(loaded)).allMatch(Preflight.Finding::passed);
    assertThat(Preflight.check(loaded)).noneMatch(found -> found.check().equals("template"));
  }

  /** An experiment with one conversation and a policy of this chat template. */
  private static LoadedExperiment chat(Path folder, String template) throws IOException {
    Path experiment =
        SmallExperiment.write(
            folder, "policy.path = policy, policy.init = random, data.chat = true");
    Path policy = Files.createDirectories(folder.resolve("policy"));
    for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
      Path shipped = Path.of("../configs/quickstart/policy", name);
      if (Files.exists(shipped)) {
        Files.copy(shipped, policy.resolve(name));
      }
    }
    Files.writeString(policy.resolve("chat_template.jinja"), template);
    Files.writeString(
        folder.resolve("rows.jsonl"),
        "{\"prompt\": [{\"role\": \"user\", \"content\": \"1+1?\"}], \"answer\": \"2\"}\n");
    return ExperimentFiles.load(experiment, List.of());
  }

  private static String result(String check, String override) {
    return check(override).stream()
        .filter(finding -> finding.check().equals(check))
        .findFirst()
        .orElseThrow()
        .result();
  }

  private static List<Preflight.Finding> check(String... overrides) {
    List<String> all = new ArrayList<>(List.of("policy.init=random"));
    all.addAll(List.of(overrides));
    return Preflight.check(ExperimentFiles.load(Path.of("../configs/quickstart.conf"), all));
  }
}
