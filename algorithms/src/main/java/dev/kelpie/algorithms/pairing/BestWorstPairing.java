package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Comparator;
import java.util.List;

/**
 * One pair: the response of highest score and the one of lowest. Where scores are equal the earlier
 * sample counts as better for the chosen and as worse for the rejected side.
 */
public record BestWorstPairing(Options options) implements Pairing {
  public record Options(
      @Doc("which rejected response, counted from the worst: 1 is the worst") int rank) {
    public static final Options DEFAULTS = new Options(1);

    public Options {
      Require.atLeast("rank", rank, 1);
    }
  }

  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    if (chosen.isEmpty() || rejected.size() < options.rank) {
      return List.of();
    }
    Comparator<Candidate> byScore = Comparator.comparingDouble(Candidate::score);
    Candidate best = chosen.stream().sorted(byScore.reversed()).findFirst().orElseThrow();
    Candidate worst = rejected.stream().sorted(byScore).skip(options.rank - 1L).findFirst().get();
    return List.of(new RowPair(best, worst));
  }
}
