package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.ExperimentFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreflightTest {
  @Test
  void findsNothingWrongWithTheQuickstart() {
    List<Preflight.Finding> findings = check();
    assertThat(findings).allMatch(Preflight.Finding::passed);
    assertThat(findings)
        .extracting(Preflight.Finding::check)
        .containsExactly(
            "experiment", "algorithm", "policy", "engine", "data", "eval", "reward", "memory");
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
        .isEqualTo("rollout.engine: dlj (expected: djl? one of djl), -D");
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
