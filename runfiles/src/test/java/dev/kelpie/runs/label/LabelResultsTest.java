package dev.kelpie.runs.label;

import static dev.kelpie.runs.label.Answers.answer;
import static dev.kelpie.runs.label.Answers.book;
import static dev.kelpie.runs.label.Answers.pair;
import static dev.kelpie.runs.label.Answers.single;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelResultsTest {
  @Test
  void kappaIsWhatIsLeftOfTheAgreementBeyondChance() {
    // same: 4 of 5; chance: first 3/5 x 2/5 + second 1/5 x 2/5 + tie 1/5 x 1/5 = 9/25
    Agreement found =
        Agreement.of(
            List.of("first", "first", "first", "second", "tie"),
            List.of("first", "first", "second", "second", "tie"));
    assertThat(found.share()).isEqualTo(0.8);
    assertThat(found.kappa()).isCloseTo((0.8 - 0.36) / 0.64, within(1e-12));
    Agreement less =
        Agreement.of(
            List.of("first", "first", "first", "second", "tie"),
            List.of("first", "second", "first", "tie", "second"));
    // same: 2 of 5; chance: 3/5 x 2/5 + 1/5 x 2/5 + 1/5 x 1/5 = 9/25; (0.4 - 0.36) / 0.64
    assertThat(less.kappa()).isCloseTo(0.0625, within(1e-12));
    assertThat(Agreement.of(List.of("tie"), List.of("tie")).kappa()).isNaN();
    assertThat(Agreement.of(List.of(), List.of()).share()).isNaN();
    // always the other: share 0, chance 1/2
    assertThat(Agreement.of(List.of("a", "b"), List.of("b", "a")).kappa()).isEqualTo(-1);
  }

  @Test
  void peopleAreComparedWithEachOtherAndWithTheRun() {
    LabelItem one = pair(1, 1, 0, 0.9); // the run prefers the first
    LabelItem two = pair(2, 0, 1, 0.2); // the second
    LabelItem three = pair(3, 1, 1, Double.NaN); // equal rewards, no label
    LabelResults results =
        LabelResults.of(
            book(
                answer("anna", one, "first"),
                answer("anna", two, "first", true),
                answer("anna", three, "tie"),
                answer("bert", one, "first", true),
                answer("bert", two, "second"),
                answer("bert", three, "skip")));
    assertThat(results.people()).hasSize(2);
    LabelResults.Person anna = results.people().get(0);
    assertThat(anna.answers()).isEqualTo(3);
    assertThat(anna.ties()).isEqualTo(1);
    assertThat(anna.left()).isEqualTo(0.5); // one on the left, one on the right
    assertThat(anna.medianMillis()).isEqualTo(1500);
    LabelResults.Person bert = results.people().get(1);
    assertThat(bert.answers()).isEqualTo(2);
    assertThat(bert.skips()).isEqualTo(1);
    assertThat(bert.left()).isEqualTo(0); // both on the right
    assertThat(results.between()).hasSize(1);
    // in common: one and two; the same: one
    assertThat(results.between().get(0).agreement().items()).isEqualTo(2);
    assertThat(results.between().get(0).agreement().share()).isEqualTo(0.5);
    // rewards: anna first/first, first/second, tie/tie; bert first/first, second/second: 4 of 5
    assertThat(results.withRun().get("reward").share()).isEqualTo(0.8);
    // labels: without item three 3 of 4
    assertThat(results.withRun().get("label").items()).isEqualTo(4);
    assertThat(results.withRun().get("label").share()).isEqualTo(0.75);
    assertThat(results.correlation()).isNaN();
  }

  @Test
  void ratingsAreCorrelatedWithRewards() {
    // ratings 1 2 5, rewards 0 1 1: deviations -5/3 -2/3 7/3 and -2/3 1/3 1/3
    // (10 - 2 + 7) / 9 / sqrt((25 + 4 + 49) / 9 x 6 / 9) = 15 / sqrt(468)
    LabelResults results =
        LabelResults.of(
            book(
                answer("anna", single(1, 0), "1"),
                answer("anna", single(2, 1), "2"),
                answer("anna", single(3, 1), "5"),
                answer("anna", single(4, 9), "skip")));
    assertThat(results.correlation()).isCloseTo(15 / Math.sqrt(468), within(1e-12));
  }

  @Test
  void theMajorityDecidesAPairThatIsExported(@TempDir Path folder) throws Exception {
    LabelExport export =
        LabelExport.of(
            book(
                answer("anna", pair(1, 0, 0, 1), "first"),
                answer("anna", pair(2, 0, 0, 1), "first"),
                answer("bert", pair(2, 0, 0, 1), "second"),
                answer("anna", pair(3, 0, 0, 1), "second"),
                answer("bert", pair(3, 0, 0, 1), "second"),
                answer("carl", pair(3, 0, 0, 1), "tie"),
                answer("dora", pair(3, 0, 0, 1), "first"),
                answer("anna", pair(4, 0, 0, 1), "tie"),
                answer("anna", pair(5, 0, 0, 1), "skip"),
                answer("anna", single(6, 0), "5")));
    assertThat(export.undecided()).isEqualTo(2); // 2 and 4
    assertThat(export.skipped()).isEqualTo(1);
    assertThat(export.ratings()).isEqualTo(1);
    Path file = folder.resolve("pairs.jsonl");
    export.write(file);
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "{\"id\":\""
                + pair(1, 0, 0, 1).key()
                + "\",\"prompt\":\"1+1?\",\"chosen\":\"yes 1\",\"rejected\":\"no 1\","
                + "\"labels\":1,\"agreement\":1.0}",
            "{\"id\":\""
                + pair(3, 0, 0, 1).key()
                + "\",\"prompt\":\"3+1?\",\"chosen\":\"no 3\",\"rejected\":\"yes 3\","
                + "\"labels\":4,\"agreement\":0.5}");
  }
}
