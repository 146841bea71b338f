package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps the responses of highest score, earlier samples first where scores are equal. With {@code
 * keep = 1} and loss {@code sft} this is best-of-n distillation.
 */
public record SelectBest(Options options) implements Select {
  public record Options(@Doc("responses of a prompt that are kept") int keep) {
    public static final Options DEFAULTS = new Options(1);

    public Options {
      Require.atLeast("keep", keep, 1);
    }
  }

  @Override
  public List<Candidate> keep(List<Candidate> group, Draws draws) {
    List<Candidate> best =
        group.stream()
            .sorted(Comparator.comparingDouble(Candidate::score).reversed())
            .limit(options.keep)
            .toList();
    return group.stream().filter(best::contains).toList();
  }
}
