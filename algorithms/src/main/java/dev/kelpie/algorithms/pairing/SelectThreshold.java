package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Doc;
import java.util.List;

/** Keeps the responses whose score is at least {@code min-score}. */
public record SelectThreshold(Options options) implements Select {
  public record Options(@Doc("lowest score that is kept") double minScore) {
    public static final Options DEFAULTS = new Options(1);
  }

  @Override
  public List<Candidate> keep(List<Candidate> group, Draws draws) {
    return group.stream().filter(member -> member.score() >= options.minScore).toList();
  }
}
