package dev.kelpie.runs.doctor;

import static dev.kelpie.runs.doctor.Change.number;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Checks of the policy and its updates. */
final class PolicyRules {
  private static final int WINDOW = 5;
  private static final int LONG = 20;

  private PolicyRules() {}

  /** Entropy below a tenth of what it was, and no more reward for it. */
  static Optional<String> entropyCollapse(History history, RunFacts facts) {
    Optional<Change> entropy = Change.of(history, "policy/entropy", WINDOW);
    if (entropy.isEmpty() || gained(history)) {
      return Optional.empty();
    }
    Change change = entropy.get();
    boolean collapsed =
        change.before().mean() > 0 && change.after().mean() < 0.1 * change.before().mean();
    return collapsed
        ? Optional.of(
            change.words()
                + " nats ("
                + change.steps()
                + ") while reward/mean did not rise"
                + reward(history))
        : Optional.empty();
  }

  private static boolean gained(History history) {
    return Change.of(history, "reward/mean", WINDOW).filter(Change::rises).isPresent();
  }

  private static String reward(History history) {
    return Change.of(history, "reward/mean", WINDOW)
        .map(
            change ->
                " ("
                    + number(change.before().mean())
                    + " -> "
                    + number(change.after().mean())
                    + ")")
        .orElse("");
  }

  /** A reference that is a nat a token away, or updates that go far. */
  static Optional<String> klBlowUp(History history, RunFacts facts) {
    for (String name : history.names()) {
      Series series = history.of(name);
      if (name.startsWith("kl/ref_") && series.count() >= WINDOW) {
        Window newest = series.newest(WINDOW);
        if (newest.mean() >= 1 && newest.all(kl -> kl >= 0.5)) {
          return Optional.of(
              String.format(
                  Locale.ROOT,
                  "%s %s nats per token at %s (usual: below 0.3)",
                  name,
                  number(newest.mean()),
                  newest.steps()));
        }
      }
    }
    Window updates = history.of("policy/approx_kl").newest(WINDOW);
    boolean far = updates.size() >= 3 && updates.count(kl -> kl >= 0.1) >= 3;
    return far
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "policy/approx_kl %s on average, %s at most at %s (usual: below 0.05)",
                number(updates.mean()),
                number(updates.most()),
                updates.steps()))
        : Optional.empty();
  }

  /** No token was clipped for a long time, no update moved the policy and no reward was gained. */
  static Optional<String> neverClipped(History history, RunFacts facts) {
    Window clipped = history.of("policy/clip_frac").newest(LONG);
    Window moved = history.of("policy/approx_kl").newest(LONG);
    boolean still =
        facts.updates() > 1
            && clipped.size() == LONG
            && clipped.all(fraction -> fraction == 0)
            && moved.size() == LONG
            && moved.all(kl -> Math.abs(kl) < 1e-5)
            && !gained(history);
    return still
        ? Optional.of(
            "policy/clip_frac 0 and policy/approx_kl below 1e-5 at "
                + clipped.steps()
                + ", with "
                + facts.updates()
                + " updates a step")
        : Optional.empty();
  }

  /** More than half of the tokens are clipped. */
  static Optional<String> mostlyClipped(History history, RunFacts facts) {
    Window clipped = history.of("policy/clip_frac").newest(WINDOW);
    return clipped.size() >= 3 && clipped.count(fraction -> fraction > 0.5) >= 3
        ? Optional.of(
            "policy/clip_frac " + number(clipped.mean()) + " on average at " + clipped.steps())
        : Optional.empty();
  }

  /** Values that explain none of the returns' differences, when the head has had time to learn. */
  static Optional<String> valuesExplainNothing(History history, RunFacts facts) {
    Series explained = history.of("value/explained_var");
    if (explained.count() < LONG) {
      return Optional.empty();
    }
    Window newest = explained.newest(LONG / 2);
    return newest.median() <= 0.002 && !RewardRules.nearBest(history)
        ? Optional.of(
            "value/explained_var "
                + number(newest.median())
                + " at "
                + newest.steps()
                + " (1 explains all, 0 nothing)")
        : Optional.empty();
  }

  /** Log-probabilities of the same tokens that differ between rollout and learner. */
  static Optional<String> rolloutApart(History history, RunFacts facts) {
    Window apart = history.of("mismatch/logprob_abs_diff_mean").newest(WINDOW);
    Window most = history.of("mismatch/logprob_abs_diff_max").newest(WINDOW);
    return apart.size() >= 3 && apart.count(x -> x > 0.05) >= 3
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "mismatch/logprob_abs_diff_mean %s, at most %s, at %s (usual: below 0.01)",
                number(apart.mean()),
                number(most.most()),
                apart.steps()))
        : Optional.empty();
  }

  /** A loss or a gradient that is not finite, or steps that changed no weight. */
  static Optional<String> notFinite(History history, RunFacts facts) {
    for (String name : List.of("policy/loss", "policy/grad_norm", "value/loss")) {
      Series series = history.of(name);
      if (series.missing() > 0) {
        return Optional.of(
            name
                + " is no number at step "
                + series.lastStep()
                + (series.missing() > 1 ? " and " + (series.missing() - 1) + " before it" : ""));
      }
    }
    return Optional.empty();
  }

  /** Steps without an update although their samples were made. */
  static Optional<String> skippedSteps(History history, RunFacts facts) {
    Window pairs = history.of("preference/pairs").newest(WINDOW * 2);
    Window none = history.of("reward/frac_zero_std").newest(WINDOW * 2);
    long skipped = pairs.count(count -> count == 0);
    boolean solved = RewardRules.nearBest(history);
    return pairs.size() == WINDOW * 2 && skipped * 2 >= pairs.size() && !solved
        ? Optional.of(
            skipped
                + " of "
                + pairs.size()
                + " steps made no pair and changed no weight ("
                + pairs.steps()
                + (none.size() == 0 ? "" : "; reward/frac_zero_std " + number(none.mean()))
                + ")")
        : Optional.empty();
  }

  /** A loss near 0 whose gradient is not: advantages that cancel. */
  static Optional<String> lossIsZero(History history, RunFacts facts) {
    Window loss = history.of("policy/loss").newest(3);
    Window gradient = history.of("policy/grad_norm").newest(3);
    Window advantages = history.of("advantages/std").newest(3);
    Window mean = history.of("advantages/mean").newest(3);
    boolean cancels =
        loss.size() == 3
            && Math.abs(loss.mean()) < 0.02 * advantages.mean()
            && gradient.size() == 3
            && gradient.all(x -> x > 1e-3)
            && advantages.size() == 3
            && advantages.all(x -> x > 0.1);
    return cancels
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "policy/loss %s with policy/grad_norm %s at %s; advantages/mean %s,"
                    + " advantages/std %s",
                number(loss.mean()),
                number(gradient.mean()),
                loss.steps(),
                number(mean.mean()),
                number(advantages.mean())))
        : Optional.empty();
  }
}
