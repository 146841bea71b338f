package dev.kelpie.runs.doctor;

import static dev.kelpie.runs.doctor.Change.number;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The over-optimisation alarm: the reward that is trained on rises, while something that is not
 * trained on tells otherwise: a held-out scorer or a reward without weight falls, the response's
 * length explains the reward, responses repeat themselves or are cut off, or the policy has left
 * its reference.
 *
 * <p>Gao et al. 2023, Scaling Laws for Reward Model Overoptimization,
 * https://arxiv.org/abs/2210.10760: the gold reward falls while the proxy rises.
 */
final class OverOptimisation {
  private static final int WINDOW = 5;
  private static final Pattern SCORER = Pattern.compile("eval/(greedy/)?scorer/.+/mean");
  private static final Pattern PART = Pattern.compile("(?:eval/(?:greedy/)?)?reward/(.+?)(/mean)?");

  private OverOptimisation() {}

  /** What rises, and all that tells otherwise. */
  static Optional<String> at(History history, RunFacts facts) {
    Optional<Change> reward = Change.of(history, "reward/mean", WINDOW).filter(Change::rises);
    if (reward.isEmpty()) {
      return Optional.empty();
    }
    List<String> otherwise = new ArrayList<>(heldOut(history, facts));
    length(history).ifPresent(otherwise::add);
    truncation(history).ifPresent(otherwise::add);
    repetition(history).ifPresent(otherwise::add);
    kl(history).ifPresent(otherwise::add);
    return otherwise.isEmpty()
        ? Optional.empty()
        : Optional.of(
            reward.get().words()
                + " ("
                + reward.get().steps()
                + "), but "
                + String.join("; ", otherwise));
  }

  /** Measures that no loss sees and that fall. */
  private static List<String> heldOut(History history, RunFacts facts) {
    List<String> fallen = new ArrayList<>();
    for (String name : history.names()) {
      if (isHeldOut(name, facts)) {
        (name.startsWith("eval/") ? evaluated(history, name) : measured(history, name))
            .ifPresent(fallen::add);
      }
    }
    return fallen;
  }

  private static boolean isHeldOut(String name, RunFacts facts) {
    if (SCORER.matcher(name).matches() || name.equals("eval/reward/mean")) {
      return true;
    }
    Matcher part = PART.matcher(name);
    return part.matches() && facts.untrained().contains(part.group(1));
  }

  /** Falls over the steps. */
  private static Optional<String> measured(History history, String name) {
    return Change.of(history, name, WINDOW)
        .filter(Change::falls)
        .filter(change -> -change.difference() >= 0.1 * Math.abs(change.before().mean()))
        .map(change -> change.words() + " falls");
  }

  /** Is lower in the newest two evaluations than in the best one before them. */
  private static Optional<String> evaluated(History history, String name) {
    Series series = history.of(name);
    if (series.count() < 3) {
      return Optional.empty();
    }
    Window newest = series.newest(2);
    double best = series.most();
    Series samples = history.of("eval/samples");
    double size = samples.count() == 0 ? 64 : samples.newest(1).last();
    boolean share = series.least() >= 0 && best <= 1;
    double mean = newest.mean();
    double noise = share ? 3 * Math.sqrt(Math.max(0.01, best * (1 - best)) / size) : 0;
    double least = Math.max(noise, 0.1 * Math.max(Math.abs(best), best - series.least()));
    return newest.all(x -> best - x >= least)
        ? Optional.of(
            name + " " + number(best) + " -> " + number(mean) + " (" + newest.steps() + ") falls")
        : Optional.empty();
  }

  private static Optional<String> length(History history) {
    return Change.of(history, "response_length/mean", WINDOW)
        .filter(RewardRules::grows)
        .filter(change -> RewardRules.explainedByLength(history))
        .map(
            change ->
                change.words()
                    + " tokens, which explain the reward (reward/length_correlation "
                    + number(RewardRules.correlation(history).mean())
                    + ")");
  }

  private static Optional<String> truncation(History history) {
    return Change.of(history, "response_length/clip_ratio", WINDOW)
        .filter(Change::rises)
        .filter(change -> change.difference() >= 0.2)
        .map(change -> change.words() + " of the responses are cut off");
  }

  private static Optional<String> repetition(History history) {
    return Change.of(history, "response_repetition/mean", WINDOW)
        .filter(Change::rises)
        .filter(change -> change.difference() >= 0.1)
        .map(change -> change.words() + " of the token triples are repeated");
  }

  private static Optional<String> kl(History history) {
    for (String name : new TreeSet<>(history.names())) {
      Optional<Change> change =
          name.startsWith("kl/ref_") ? Change.of(history, name, WINDOW) : Optional.empty();
      if (change.isPresent() && change.get().rises() && change.get().after().mean() >= 1) {
        return Optional.of(change.get().words() + " nats per token from the reference");
      }
    }
    return Optional.empty();
  }
}
