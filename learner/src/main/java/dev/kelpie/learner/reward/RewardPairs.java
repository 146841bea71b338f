package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The pairs that a reward model is trained on, and those that are held out, which share no prompt.
 * Only places are kept; a pair is read, rendered and encoded when it is asked for.
 *
 * <p>Without a file of held-out pairs, prompts are held out: those whose SHA-256 with the run's
 * seed comes first, all pairs of a prompt together. So all models of an ensemble have the same
 * ones.
 */
public final class RewardPairs {
  private static final int MOST_SOURCES = 64;

  /** What there is of it. */
  public record Counts(
      int trainingPairs, int trainingPrompts, int heldOutPairs, int heldOutPrompts, int equal) {}

  /** A row: its place, what its prompt is known by, its user and its source. */
  private record Place(int row, PromptKey prompt, String user, String source) {}

  private final PromptSource trainingSource;
  private final PromptSource heldOutSource;
  private final PairReading reading;
  private final int[] training;
  private final int[] heldOut;
  private final Counts counts;
  private final NavigableSet<String> users;
  private final RowOrder order;

  private RewardPairs(
      PromptSource trainingSource,
      PromptSource heldOutSource,
      PairReading reading,
      boolean shuffles,
      List<Place> training,
      List<Place> heldOut,
      int equal) {
    this.trainingSource = trainingSource;
    this.heldOutSource = heldOutSource;
    this.reading = reading;
    this.training = rows(training);
    this.order = new RowOrder(this.training, shuffles);
    this.heldOut = rows(heldOut);
    this.users = names(training, Place::user);
    requireUsers(heldOutSource, heldOut);
    this.counts =
        new Counts(
            training.size(),
            prompts(training).size(),
            heldOut.size(),
            prompts(heldOut).size(),
            equal);
  }

  /**
   * Reads all pairs once and splits them.
   *
   * @param pairs rows of form pairs or turns, in the order of their file
   * @param held pairs of a file of their own that are held out, likewise
   * @param pad the model's padding token
   * @throws ConfigException if both files share a prompt, if nothing is left to train on or, where
   *     some are asked for, to hold out
   */
  public static RewardPairs open(
      Experiment experiment,
      PromptSource pairs,
      Optional<PromptSource> held,
      ScoreLoss loss,
      int pad) {
    long seed = experiment.run().seed();
    PairReading reading = PairReading.of(experiment, loss, pad);
    boolean shuffles = experiment.data().shuffle();
    List<Place> all = places(pairs, reading::training, seed);
    int equal = Math.toIntExact(pairs.size()) - all.size();
    if (held.isPresent()) {
      List<Place> heldOut = places(held.get(), reading::heldOut, seed);
      requireApart(experiment, held.get(), all, heldOut);
      requireSome(experiment, all, heldOut, 1);
      requireFewSources(experiment, all);
      return new RewardPairs(pairs, held.get(), reading, shuffles, all, heldOut, equal);
    }
    Set<PromptKey> chosen = PromptKey.heldOut(prompts(all), experiment.rewardModel().heldOut());
    List<Place> training = all.stream().filter(p -> !chosen.contains(p.prompt())).toList();
    List<Place> heldOut = all.stream().filter(p -> chosen.contains(p.prompt())).toList();
    requireSome(experiment, training, heldOut, chosen.size());
    requireFewSources(experiment, training);
    return new RewardPairs(pairs, pairs, reading, shuffles, training, heldOut, equal);
  }

  /** The rows to learn from; of several that are wrong the first one, by position, is reported. */
  private static List<Place> places(
      PromptSource source, Function<Prompt, ScorePair> reading, long seed) {
    IntStream rows = IntStream.range(0, Math.toIntExact(source.size()));
    try {
      return rows.parallel()
          .mapToObj(row -> place(source.at(row), row, reading, seed))
          .flatMap(Optional::stream)
          .toList();
    } catch (ConfigException e) {
      for (int row = 0; row < source.size(); row++) {
        place(source.at(row), row, reading, seed);
      }
      throw e;
    }
  }

  private static Optional<Place> place(
      Prompt row, int at, Function<Prompt, ScorePair> reading, long seed) {
    ScorePair pair = reading.apply(row);
    return pair.equal()
        ? Optional.empty()
        : Optional.of(
            new Place(
                at,
                PromptKey.of(row.tokens(), seed),
                pair.user().intern(),
                pair.source().intern()));
  }

  private static void requireApart(
      Experiment experiment, PromptSource held, List<Place> training, List<Place> heldOut) {
    Set<PromptKey> trained = prompts(training);
    List<Place> shared = heldOut.stream().filter(p -> trained.contains(p.prompt())).toList();
    if (!shared.isEmpty()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "eval.pairs-path: %s: %d of %d pairs have a prompt that %s has too, such as %s"
                  + " (expected: prompts that are not trained on)",
              experiment.eval().pairsPath(),
              shared.size(),
              heldOut.size(),
              experiment.data().path(),
              held.at(shared.get(0).row()).id()));
    }
  }

  private static void requireSome(
      Experiment experiment, List<Place> training, List<Place> heldOut, int asked) {
    if (training.isEmpty()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.path: %s: no pair to train on, and %d held out (expected: at least one pair of"
                  + " different responses to another prompt)",
              experiment.data().path(),
              heldOut.size()));
    }
    if (asked > 0 && heldOut.isEmpty()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "eval.pairs-path: %s: no pair of different responses (expected: at least one)",
              experiment.eval().pairsPath()));
    }
  }

  private static Set<PromptKey> prompts(List<Place> places) {
    Set<PromptKey> prompts = new LinkedHashSet<>();
    places.forEach(place -> prompts.add(place.prompt()));
    return prompts;
  }

  private static NavigableSet<String> names(List<Place> places, Function<Place, String> name) {
    NavigableSet<String> names = new TreeSet<>();
    places.stream().map(name).filter(found -> !found.isEmpty()).forEach(names::add);
    return names;
  }

  /** Refuses more sources than gradients are kept of. */
  private static void requireFewSources(Experiment experiment, List<Place> training) {
    int sources = names(training, Place::source).size();
    if (sources > MOST_SOURCES) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "reward-model.source-column: %s (expected: a column of at most %s sources; it names"
                  + " %s)",
              experiment.rewardModel().sourceColumn(),
              MOST_SOURCES,
              sources));
    }
  }

  /** Refuses a held-out pair of a user that nothing is learned of. */
  private void requireUsers(PromptSource held, List<Place> places) {
    for (Place place : places) {
      if (!place.user().isEmpty() && !users.contains(place.user())) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "reward-model.loss.user-column: user %s of held-out row %s has no pair to train on"
                    + " (expected: %s)",
                place.user(),
                held.at(place.row()).id(),
                NearestName.ofMany(place.user(), users)));
      }
    }
  }

  private static int[] rows(List<Place> places) {
    return places.stream().mapToInt(Place::row).toArray();
  }

  /** How many pairs and prompts there are on both sides. */
  public Counts counts() {
    return counts;
  }

  /** The users whose pairs are trained on; none if the loss does not tell them apart. */
  NavigableSet<String> users() {
    return users;
  }

  /** The row of a pair that is trained on, in the order of the file. */
  public Prompt trainingRow(int pair) {
    return trainingSource.at(training[pair]);
  }

  /** The row of a held-out pair, in the order of its file. */
  public Prompt heldOutRow(int pair) {
    return heldOutSource.at(heldOut[pair]);
  }

  /** The pair at {@code position} of the endless sequence of passes. */
  ScorePair training(long position, long seed) {
    return reading.training(trainingSource.at(order.at(position, seed)));
  }

  /** The held-out pairs from {@code from} to {@code to}, in the order of their file. */
  List<ScorePair> heldOut(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> reading.heldOut(heldOutSource.at(heldOut[i])))
        .toList();
  }
}
