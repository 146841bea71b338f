package dev.kelpie.algorithms.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.score.ScoreReport.Pair;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreReportTest {
  /** log 3: a difference whose probability is 3/4. */
  private static final double THREE_QUARTERS = Math.log(3);

  @Test
  void countsTheShareOfPairsThatAreRankedRight() {
    ScoreReport report =
        ScoreReport.of(
            List.of(
                new Pair(THREE_QUARTERS, 0, 1, 1),
                new Pair(0, 0, 1, 1), // a tie is not right
                new Pair(1, 3, 1, 1),
                new Pair(5, 3, 1, 1)));
    assertThat(report.pairs()).isEqualTo(4);
    assertThat(report.accuracy()).isEqualTo(0.5);
    // sqrt(1/2 * 1/2 / 4)
    assertThat(report.standardError()).isCloseTo(0.25, within(1e-12));
    // (log 3 + 0 - 2 + 2) / 4
    assertThat(report.margin()).isCloseTo(THREE_QUARTERS / 4, within(1e-12));
    // -log 3/4, log 2, and log(1 + e^2), log(1 + e^-2)
    double loss = Math.log(4 / 3.0) + Math.log(2) + 2 * Math.log1p(Math.exp(-2)) + 2;
    assertThat(report.loss()).isCloseTo(loss / 4, within(1e-12));
  }

  @Test
  void calibrationErrorIsTheDistanceOfConfidenceAndAccuracy() {
    // ten pairs of confidence 3/4, seven of them right: |0.75 - 0.7| = 0.05
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      double difference = i < 7 ? THREE_QUARTERS : -THREE_QUARTERS;
      pairs.add(new Pair(difference, 0, 1, 1));
    }
    ScoreReport report = ScoreReport.of(pairs);
    assertThat(report.calibrationError()).isCloseTo(0.05, within(1e-9));
    assertThat(report.bins()).hasSize(10);
    ScoreReport.Bin full =
        report.bins().stream().filter(bin -> bin.pairs() > 0).findFirst().orElseThrow();
    assertThat(full.pairs()).isEqualTo(10);
    assertThat(full.confidence()).isCloseTo(0.75, within(1e-9));
    assertThat(full.accuracy()).isCloseTo(0.7, within(1e-12));
    assertThat(report.bins().get(0).accuracy()).isNaN();
  }

  @Test
  void calibrationErrorWeighsBinsByTheirPairs() {
    // certain and right, and three coin tosses that are all wrong: (1 * 0 + 3 * 1/2) / 4
    ScoreReport report =
        ScoreReport.of(
            List.of(
                new Pair(100, 0, 1, 1),
                new Pair(0, 0, 1, 1),
                new Pair(0, 0, 1, 1),
                new Pair(0, 0, 1, 1)));
    assertThat(report.calibrationError()).isCloseTo(3 * 0.5 / 4, within(1e-9));
    assertThat(report.bins().get(9).pairs()).isEqualTo(1);
    assertThat(report.bins().get(0).pairs()).isEqualTo(3);
  }

  @Test
  void lengthBiasIsTheSameWhicheverSideIsTheBetterOne() {
    // the score is the length: correlation 1, right only where the longer one is better
    ScoreReport report =
        ScoreReport.of(List.of(new Pair(5, 3, 5, 3), new Pair(2, 6, 2, 6), new Pair(4, 3, 4, 3)));
    ScoreReport.Lengths lengths = report.lengths();
    assertThat(lengths.correlation()).isCloseTo(1, within(1e-12));
    assertThat(lengths.shorterPairs()).isEqualTo(1);
    assertThat(lengths.shorterAccuracy()).isZero();
    assertThat(lengths.longerPairs()).isEqualTo(2);
    assertThat(lengths.longerAccuracy()).isEqualTo(1);
  }

  @Test
  void correlationOfScoresAndLengthsByHand() {
    // differences 1 and 2, lengths 2 and -1: (2 - 2) / sqrt(5 * 5) = 0
    assertThat(
            ScoreReport.of(List.of(new Pair(1, 0, 3, 1), new Pair(2, 0, 1, 2)))
                .lengths()
                .correlation())
        .isCloseTo(0, within(1e-12));
    // no pair differs in length
    assertThat(ScoreReport.of(List.of(new Pair(1, 0, 3, 3))).lengths().correlation()).isNaN();
  }

  @Test
  void scoresHaveTheirMeanAndSpread() {
    // 3 1 1 -1: mean 1, squares 4 0 0 4, variance 2
    ScoreReport report = ScoreReport.of(List.of(new Pair(3, 1, 1, 1), new Pair(1, -1, 1, 1)));
    assertThat(report.mean()).isEqualTo(1);
    assertThat(report.std()).isCloseTo(Math.sqrt(2), within(1e-12));
  }
}
