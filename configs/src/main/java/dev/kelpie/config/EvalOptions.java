package dev.kelpie.config;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** Evaluation on held-out prompts and pairs. */
public record EvalOptions(
    @Doc("steps between two evaluations; 0: only before the first and after the last step")
        int every,
    @Doc("file of held-out prompts, columns as in data; empty: no evaluation") String path,
    @Doc("prompts taken from the file's start; 0: all") int samples,
    @Doc("sampling temperature") double temperature,
    @Doc("measure greedy decoding too") boolean greedy,
    @Doc(
            "file of held-out pairs, a row as data.form = pairs or turns says; the policy ranks"
                + " them, compared with the reference; empty: none")
        String pairsPath) {
  public static final EvalOptions DEFAULTS = new EvalOptions(0, "", 256, 1, true, "");

  public EvalOptions {
    Require.atLeast("every", every, 0);
    Require.atLeast("samples", samples, 0);
    Require.positive("temperature", temperature);
    Require.that(
        every == 0 || !path.isEmpty() || !pairsPath.isEmpty(),
        "every: %s (expected: 0, because path is empty)",
        every);
  }

  /** Whether the weights after {@code step} of a run of {@code steps} steps are evaluated. */
  public boolean isDueAfter(long step, long steps) {
    return step == steps || (every > 0 && step % every == 0);
  }

  /**
   * The names of the numbers of an evaluation, as they are in {@code metrics.jsonl}; none when
   * nothing is evaluated.
   *
   * @param rewards names of the rewards
   */
  public Set<String> metricNames(Collection<String> rewards) {
    Set<String> names = new TreeSet<>();
    if (!pairsPath.isEmpty()) {
      names.add("eval/pairs/accuracy");
      names.add("eval/pairs/margin");
    }
    if (!path.isEmpty()) {
      add("eval/", rewards, names);
      if (greedy) {
        add("eval/greedy/", rewards, names);
      }
    }
    return names;
  }

  /**
   * The same with those of scorers that are only evaluated.
   *
   * @param scorers their names
   */
  public Set<String> metricNames(Collection<String> rewards, Collection<String> scorers) {
    Set<String> names = metricNames(rewards);
    if (!path.isEmpty()) {
      for (String scorer : scorers) {
        names.add("eval/scorer/" + scorer + "/mean");
        if (greedy) {
          names.add("eval/greedy/scorer/" + scorer + "/mean");
        }
      }
    }
    return names;
  }

  private static void add(String prefix, Collection<String> rewards, Set<String> names) {
    names.add(prefix + "reward/mean");
    rewards.forEach(reward -> names.add(prefix + "reward/" + reward));
    names.add(prefix + "samples");
    names.add(prefix + "failed");
  }
}
