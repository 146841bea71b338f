package dev.kelpie.experience.reward;

import dev.kelpie.experience.TokenIds;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Share of a response's runs of three tokens that occurred in it before: {@code 1 - different
 * triples / triples}, 0 for a response of fewer than three tokens.
 *
 * <p>{@code 1 - distinct-3} of Li et al. 2016, https://arxiv.org/abs/1510.03055, over one response.
 */
public final class RepeatedTokens {
  private static final int RUN = 3;

  private RepeatedTokens() {}

  /** The share, in [0, 1). */
  public static double share(TokenIds tokens) {
    int runs = tokens.length() - RUN + 1;
    if (runs <= 0) {
      return 0;
    }
    Set<List<Integer>> different = new HashSet<>();
    for (int i = 0; i < runs; i++) {
      different.add(List.of(tokens.get(i), tokens.get(i + 1), tokens.get(i + 2)));
    }
    return 1 - (double) different.size() / runs;
  }
}
