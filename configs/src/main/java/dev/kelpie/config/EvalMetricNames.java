package dev.kelpie.config;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** The names of the numbers of an evaluation, as they are in {@code metrics.jsonl}. */
public final class EvalMetricNames {
  private static final String EVAL = "eval/";

  private EvalMetricNames() {}

  /**
   * The names that an evaluation writes; none when nothing is evaluated.
   *
   * @param rewards names of the rewards
   */
  public static Set<String> of(EvalOptions eval, Collection<String> rewards) {
    Set<String> names = new TreeSet<>();
    if (!eval.pairsPath().isEmpty()) {
      names.add(EVAL + "pairs/accuracy");
      names.add(EVAL + "pairs/margin");
    }
    if (eval.path().isEmpty()) {
      return names;
    }
    add(EVAL, rewards, names);
    if (eval.greedy()) {
      add(EVAL + "greedy/", rewards, names);
    }
    return names;
  }

  private static void add(String prefix, Collection<String> rewards, Collection<String> names) {
    names.add(prefix + "reward/mean");
    rewards.forEach(reward -> names.add(prefix + "reward/" + reward));
    names.add(prefix + "samples");
    names.add(prefix + "failed");
  }
}
