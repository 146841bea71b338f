package dev.kelpie.algorithms.score;

import java.util.ArrayList;
import java.util.List;

/**
 * How well the scores of a reward model rank pairs that it was not trained on.
 *
 * @param pairs how many there are
 * @param accuracy share of pairs whose chosen response has the higher score
 * @param standardError of the accuracy: {@code sqrt(a (1 - a) / pairs)}
 * @param loss mean of {@code -log sigmoid(chosen - rejected)}, in nats; ln 2 knows nothing
 * @param margin mean of chosen - rejected
 * @param calibrationError expected calibration error over {@link #bins}: the mean over the pairs of
 *     the distance between a bin's confidence and its accuracy
 * @param bins the reliability table
 * @param lengths what the scores have to do with the responses' lengths
 * @param mean of all scores
 * @param std of all scores, of the population
 */
public record ScoreReport(
    int pairs,
    double accuracy,
    double standardError,
    double loss,
    double margin,
    double calibrationError,
    List<Bin> bins,
    Lengths lengths,
    double mean,
    double std) {
  private static final int BINS = 10;

  /**
   * The pairs of which the model is sure to a like degree. The confidence of a pair is the
   * probability of the response that the model prefers, {@code sigmoid(|chosen - rejected|)}, so
   * that it lies between 1/2 and 1.
   *
   * @param from least confidence
   * @param to largest confidence; only the last bin has it
   * @param pairs how many
   * @param confidence their mean confidence; NaN without pairs
   * @param accuracy share of them that is ranked right; NaN without pairs
   */
  public record Bin(double from, double to, int pairs, double confidence, double accuracy) {}

  /**
   * Bias of the scores towards long or short responses.
   *
   * @param correlation of the difference of a pair's scores with the difference of its lengths,
   *     over both orders of every pair; NaN if the lengths, or the scores, are all equal
   * @param shorterPairs pairs whose chosen response is the shorter one
   * @param shorterAccuracy accuracy on them; NaN without pairs
   * @param longerPairs pairs whose chosen response is the longer one
   * @param longerAccuracy accuracy on them; NaN without pairs
   */
  public record Lengths(
      double correlation,
      int shorterPairs,
      double shorterAccuracy,
      int longerPairs,
      double longerAccuracy) {}

  /**
   * The scores of a pair and the lengths of its responses in tokens.
   *
   * @param chosen score of the better response
   * @param rejected score of the worse one
   */
  public record Pair(double chosen, double rejected, int chosenLength, int rejectedLength) {
    double difference() {
      return chosen - rejected;
    }

    double probability() {
      return 1 / (1 + Math.exp(-Math.abs(difference())));
    }

    /** {@code log(1 + exp(-d))}, stable for any difference. */
    double loss() {
      double d = difference();
      return Math.max(-d, 0) + Math.log1p(Math.exp(-Math.abs(d)));
    }

    boolean right() {
      return chosen > rejected;
    }
  }

  public ScoreReport {
    bins = List.copyOf(bins);
  }

  /** The report on {@code pairs}, of which there is at least one. */
  public static ScoreReport of(List<Pair> pairs) {
    int count = pairs.size();
    double accuracy = accuracy(pairs);
    List<Bin> bins = bins(pairs);
    double error = 0;
    for (Bin bin : bins) {
      error += bin.pairs() == 0 ? 0 : bin.pairs() * Math.abs(bin.confidence() - bin.accuracy());
    }
    double mean = pairs.stream().mapToDouble(p -> p.chosen() + p.rejected()).sum() / (2 * count);
    double squares =
        pairs.stream()
            .mapToDouble(p -> square(p.chosen() - mean) + square(p.rejected() - mean))
            .sum();
    return new ScoreReport(
        count,
        accuracy,
        Math.sqrt(accuracy * (1 - accuracy) / count),
        pairs.stream().mapToDouble(Pair::loss).sum() / count,
        pairs.stream().mapToDouble(Pair::difference).sum() / count,
        error / count,
        bins,
        lengths(pairs),
        mean,
        Math.sqrt(squares / (2 * count)));
  }

  private static double accuracy(List<Pair> pairs) {
    return pairs.isEmpty()
        ? Double.NaN
        : (double) pairs.stream().filter(Pair::right).count() / pairs.size();
  }

  private static List<Bin> bins(List<Pair> pairs) {
    List<List<Pair>> members = new ArrayList<>();
    for (int bin = 0; bin < BINS; bin++) {
      members.add(new ArrayList<>());
    }
    for (Pair pair : pairs) {
      int bin = (int) Math.floor((pair.probability() - 0.5) * 2 * BINS);
      members.get(Math.min(BINS - 1, bin)).add(pair);
    }
    List<Bin> bins = new ArrayList<>();
    for (int bin = 0; bin < BINS; bin++) {
      List<Pair> own = members.get(bin);
      bins.add(
          new Bin(
              0.5 + bin / (2.0 * BINS),
              0.5 + (bin + 1) / (2.0 * BINS),
              own.size(),
              own.stream().mapToDouble(Pair::probability).average().orElse(Double.NaN),
              accuracy(own)));
    }
    return bins;
  }

  /** Over both orders of every pair both means are 0, so the correlation needs no centring. */
  private static Lengths lengths(List<Pair> pairs) {
    double product = 0;
    double scores = 0;
    double lengths = 0;
    List<Pair> shorter = new ArrayList<>();
    List<Pair> longer = new ArrayList<>();
    for (Pair pair : pairs) {
      int more = pair.chosenLength() - pair.rejectedLength();
      product += pair.difference() * more;
      scores += square(pair.difference());
      lengths += square(more);
      if (more < 0) {
        shorter.add(pair);
      } else if (more > 0) {
        longer.add(pair);
      }
    }
    return new Lengths(
        product / Math.sqrt(scores * lengths),
        shorter.size(),
        accuracy(shorter),
        longer.size(),
        accuracy(longer));
  }

  private static double square(double x) {
    return x * x;
  }
}
