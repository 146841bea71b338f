package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Statistical rejection sampling: keeps responses as if they were drawn from {@code policy
 * exp(score / beta)}. In rounds over those that are left, each is accepted with probability {@code
 * exp((score - best) / beta)}, where best is the highest score left at the start of the round,
 * until {@code keep} are accepted.
 *
 * <p>Liu et al. 2023, https://arxiv.org/abs/2309.06657, Algorithm 1 (without replacement).
 */
public record SelectRso(Options options) implements Select {
  public record Options(
      @Doc("responses of a prompt that are accepted") int keep,
      @Doc("temperature of the acceptance; small: the best, large: the first") double beta) {
    public static final Options DEFAULTS = new Options(8, 0.5);

    public Options {
      Require.atLeast("keep", keep, 1);
      Require.positive("beta", beta);
    }
  }

  @Override
  public List<Candidate> keep(List<Candidate> group, Draws draws) {
    List<Candidate> left = new ArrayList<>(group);
    List<Candidate> accepted = new ArrayList<>();
    while (!left.isEmpty() && accepted.size() < options.keep) {
      double best = left.stream().mapToDouble(Candidate::score).max().orElseThrow();
      for (Candidate member : List.copyOf(left)) {
        if (accepted.size() < options.keep
            && draws.next() < Math.exp((member.score() - best) / options.beta)) {
          accepted.add(member);
          left.remove(member);
        }
      }
    }
    accepted.sort(Comparator.comparingInt(Candidate::row));
    return accepted;
  }
}
