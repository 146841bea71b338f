package dev.kelpie.runs.doctor;

import static dev.kelpie.runs.doctor.Change.number;

import java.util.Locale;
import java.util.Optional;

/** Checks of rewards, groups and responses. */
final class RewardRules {
  private static final int WINDOW = 5;
  private static final int LONG = 10;

  private RewardRules() {}

  /**
   * Whether the newest steps have nearly the highest reward of any response: there is little left
   * to learn, and no spread for a good reason.
   */
  static boolean nearBest(History history) {
    Window reward = history.of("reward/mean").newest(WINDOW);
    Series most = history.of("reward/max");
    Series least = history.of("reward/min");
    if (reward.size() < WINDOW || most.count() == 0 || least.count() == 0) {
      return false;
    }
    double range = most.most() - least.least();
    return range > 0 && most.most() - reward.mean() <= 0.15 * range;
  }

  /** Most groups have equal rewards, and not because all are right. */
  static Optional<String> groupsWithoutSpread(History history, RunFacts facts) {
    Window equal = history.of("reward/frac_zero_std").newest(LONG);
    boolean idle =
        facts.groupSize() > 1
            && equal.size() == LONG
            && equal.mean() >= 0.8
            && !nearBest(history)
            && !constant(history);
    return idle
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "reward/frac_zero_std %s at %s, reward/mean %s",
                number(equal.mean()),
                equal.steps(),
                number(history.of("reward/mean").newest(LONG).mean())))
        : Optional.empty();
  }

  private static boolean constant(History history) {
    Series most = history.of("reward/max");
    Series least = history.of("reward/min");
    return most.count() > 0 && most.most() == least.least();
  }

  /** All responses of all steps have the same reward. */
  static Optional<String> withoutChange(History history, RunFacts facts) {
    Series mean = history.of("reward/mean");
    return facts.rewarded() && mean.count() >= LONG && constant(history)
        ? Optional.of(
            "all rewards are "
                + number(mean.most())
                + " at steps "
                + mean.first(1).from()
                + " to "
                + mean.newest(1).to())
        : Optional.empty();
  }

  /** More than one response in twenty has no reward. */
  static Optional<String> failures(History history, RunFacts facts) {
    Window failed = history.of("reward/failed").newest(3);
    Window scored = history.of("data/responses").newest(3);
    double all = failed.sum() + scored.sum();
    return failed.size() == 3 && failed.all(x -> x > 0) && failed.sum() > 0.05 * all
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "%.0f of %.0f responses have no reward at %s (usual: below 5 %%)",
                failed.sum(),
                all,
                failed.steps()))
        : Optional.empty();
  }

  /** A third of the responses are cut off. */
  static Optional<String> truncated(History history, RunFacts facts) {
    Window cut = history.of("response_length/clip_ratio").newest(WINDOW);
    return cut.size() == WINDOW && cut.mean() >= 0.3
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "response_length/clip_ratio %s at %s: %.0f %% of the responses end at"
                    + " rollout.max-new-tokens",
                number(cut.mean()),
                cut.steps(),
                100 * cut.mean()))
        : Optional.empty();
  }

  /** Reward and length rise together, and length alone explains the reward. */
  static Optional<String> lengthGrowth(History history, RunFacts facts) {
    Optional<Change> length =
        Change.of(history, "response_length/mean", WINDOW).filter(RewardRules::grows);
    Optional<Change> reward = Change.of(history, "reward/mean", WINDOW).filter(Change::rises);
    return length.isPresent() && reward.isPresent() && explainedByLength(history)
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "%s tokens and %s (%s), correlation of reward and length within a step %s",
                length.get().words(),
                reward.get().words(),
                length.get().steps(),
                number(correlation(history).mean())))
        : Optional.empty();
  }

  static boolean grows(Change length) {
    return length.rises() && length.after().mean() >= 1.2 * length.before().mean();
  }

  static Window correlation(History history) {
    return history.of("reward/length_correlation").newest(WINDOW);
  }

  /** Whether the length of a response explains four fifths of its reward. */
  static boolean explainedByLength(History history) {
    Window correlation = correlation(history);
    return correlation.size() == WINDOW && correlation.mean() >= 0.9;
  }
}
