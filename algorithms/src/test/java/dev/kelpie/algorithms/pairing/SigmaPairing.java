package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Comparator;
import java.util.List;

/**
 * One pair: the response of highest score, and the one whose score is nearest to {@code mean -
 * below std} of those that may be rejected. Xiao et al. 2025, https://arxiv.org/abs/2502.16825.
 */
public record SigmaPairing(Options options) implements Pairing {
  public record Options(@Doc("standard deviations below the mean") double below) {
    public static final Options DEFAULTS = new Options(2);

    public Options {
      Require.atLeast("below", below, 0.0);
    }
  }

  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    if (chosen.isEmpty() || rejected.isEmpty()) {
      return List.of();
    }
    double mean = rejected.stream().mapToDouble(Candidate::score).average().orElseThrow();
    double variance =
        rejected.stream().mapToDouble(c -> Math.pow(c.score() - mean, 2)).average().orElseThrow();
    double wanted = mean - options.below * Math.sqrt(variance);
    Comparator<Candidate> byScore = Comparator.comparingDouble(Candidate::score);
    Candidate best = chosen.stream().sorted(byScore.reversed()).findFirst().orElseThrow();
    Comparator<Candidate> byDistance =
        Comparator.comparingDouble(candidate -> Math.abs(candidate.score() - wanted));
    return List.of(new RowPair(best, rejected.stream().sorted(byDistance).findFirst().get()));
  }
}
