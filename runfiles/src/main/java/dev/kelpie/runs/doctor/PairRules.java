package dev.kelpie.runs.doctor;

import static dev.kelpie.runs.doctor.Change.number;

import java.util.Locale;
import java.util.Optional;

/** Checks of losses over pairs. */
final class PairRules {
  private static final int WINDOW = 5;
  private static final int LONG = 10;

  private PairRules() {}

  /** The chosen responses lose likelihood. */
  static Optional<String> chosenFalls(History history, RunFacts facts) {
    Optional<Change> chosen = Change.of(history, "preference/chosen_logprob", WINDOW);
    Window reward = history.of("preference/chosen_reward").newest(WINDOW);
    boolean falls =
        chosen.isPresent()
            && chosen.get().falls()
            && chosen.get().difference() <= -0.2 * Math.abs(chosen.get().before().mean())
            // by the very tokens: where the pairs are others, the log-ratio does not fall
            && (reward.size() == 0 || reward.mean() < 0);
    return falls
        ? Optional.of(
            chosen.get().words()
                + " ("
                + chosen.get().steps()
                + ")"
                + (reward.size() == 0 ? "" : ", preference/chosen_reward " + number(reward.mean()))
                + Change.of(history, "preference/rejected_logprob", WINDOW)
                    .map(change -> ", " + change.words())
                    .orElse(""))
        : Optional.empty();
  }

  /** Fewer than half of the pairs are ranked right. */
  static Optional<String> rankedWrong(History history, RunFacts facts) {
    Series held = history.of("eval/pairs/accuracy");
    if (held.count() >= 2 && held.newest(2).all(x -> x < 0.45)) {
      Window newest = held.newest(2);
      return Optional.of(
          "eval/pairs/accuracy " + number(newest.last()) + " at " + newest.steps() + ", below 0.5");
    }
    Window accuracy = history.of("preference/accuracy").newest(LONG);
    Window pairs = history.of("preference/pairs").newest(LONG);
    if (accuracy.size() < LONG || pairs.size() < LONG) {
      return Optional.empty();
    }
    // a fair coin over all pairs of the steps
    double coin = Math.sqrt(0.25 / Math.max(1, pairs.sum()));
    return accuracy.mean() < 0.5 - 3 * coin
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "preference/accuracy %s over the %.0f pairs of %s (chance: 0.5)",
                number(accuracy.mean()),
                pairs.sum(),
                accuracy.steps()))
        : Optional.empty();
  }
}
