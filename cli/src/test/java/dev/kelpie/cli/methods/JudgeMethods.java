package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.runs.PairFiles;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Methods whose judge is a server: here one that answers as scripted. */
final class JudgeMethods {
  static final List<Method> ALL =
      List.of(
          Method.judged("tick", JudgeMethods::checklist, JudgeMethods::tick),
          Method.judged("self-reference", JudgeMethods::alwaysA, JudgeMethods::selfReference));

  private JudgeMethods() {}

  /** Three questions for a prompt; yes, no, and yes unless the response has a 7. */
  private static String checklist(String question) {
    if (question.startsWith("Write a checklist")) {
      return "- Is it first?\n- Is it second?\n- Is it third?";
    }
    String response = question.substring(question.indexOf("Response: "));
    boolean third = question.contains("Is it third?") && !response.contains("7");
    return question.contains("Is it first?") || third ? "yes" : "no";
  }

  private static void tick(MethodRuns runs) {
    Recorded run = runs.whole();
    Set<String> prompts = new HashSet<>();
    int twoOfThree = 0;
    for (long step = 1; step <= 2; step++) {
      for (ScoredTrajectory response : run.responses(step)) {
        prompts.add(response.trajectory().prompt().text());
        boolean seven = response.trajectory().text().contains("7");
        assertThat((double) response.reward()).isCloseTo(seven ? 1 / 3.0 : 2 / 3.0, within(1e-6));
        twoOfThree += seven ? 0 : 1;
      }
    }
    assertThat(twoOfThree).isPositive();
    // One checklist for a prompt in the run of two steps, and one in the resumed run.
    List<String> asked = runs.asked();
    Set<String> checklists = new HashSet<>(asked);
    checklists.removeIf(question -> !question.startsWith("Write a checklist"));
    assertThat(checklists).hasSameSizeAs(prompts);
    for (String checklist : checklists) {
      assertThat(Collections.frequency(asked, checklist)).as(checklist).isEqualTo(2);
    }
  }

  private static String alwaysA(String question) {
    return question.startsWith("Question: ") ? "A" : "mine: " + question;
  }

  private static void selfReference(MethodRuns runs) {
    Recorded run = runs.whole();
    for (long step = 1; step <= 2; step++) {
      for (ScoredTrajectory response : run.responses(step)) {
        assertThat(response.reward()).isEqualTo(0.5f);
      }
      assertThat(new PairFiles(run.folder().resolve("rollouts")).read(step)).isEmpty();
    }
    List<String> asked = runs.asked();
    List<String> comparisons =
        asked.stream().filter(text -> text.startsWith("Question: ")).toList();
    assertThat(comparisons).isNotEmpty();
    for (String comparison : comparisons) {
      List<String> lines = comparison.lines().toList();
      String prompt = lines.get(0).substring("Question: ".length());
      assertThat(asked).contains(prompt);
      assertThat(lines.get(1)).isEqualTo("Your own answer: mine: " + prompt);
    }
    // In one order alone the same judge has a preference, and pairs are made of it.
    Recorded oneOrder = runs.with("compare.swap=false");
    oneOrder.requireLoss(2, pair -> -Numbers.ls(0.1 * Numbers.h(pair)));
  }
}
