package dev.kelpie.runs.label;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What the answers say: of each person, between persons, and beside the run's own reward and label.
 *
 * @param people by name
 * @param between of each two persons with items in common
 * @param withRun the persons' answers beside what the run says, by what that is: {@code reward} or
 *     {@code label}; over all answers about pairs that are not skipped
 * @param correlation Pearson's, of ratings with rewards; NaN without two different ones of each
 */
public record LabelResults(
    List<Person> people,
    List<Between> between,
    Map<String, Agreement> withRun,
    double correlation) {
  /**
   * The answers of a person.
   *
   * @param left share of the answers that prefer a side which prefer the left one; NaN without any
   * @param medianMillis how long an item was shown
   */
  public record Person(
      String name,
      int answers,
      int ties,
      int skips,
      double left,
      long medianMillis,
      Map<String, Agreement> withRun) {}

  /** Agreement of two persons about pairs, or about single responses. */
  public record Between(String one, String other, boolean pairs, Agreement agreement) {}

  private static final String REWARD = "reward";
  private static final String LABEL = "label";

  /** Computes it. */
  public static LabelResults of(LabelBook book) {
    TreeMap<String, List<Label>> byPerson = new TreeMap<>();
    List<Label> all = book.answers();
    all.forEach(
        label -> byPerson.computeIfAbsent(label.labeller(), name -> new ArrayList<>()).add(label));
    List<Person> people =
        byPerson.entrySet().stream()
            .map(entry -> person(entry.getKey(), entry.getValue()))
            .toList();
    return new LabelResults(people, between(byPerson), withRun(all), correlation(all));
  }

  private static Person person(String name, List<Label> own) {
    List<Label> given = own.stream().filter(label -> !label.skipped()).toList();
    List<Label> sided =
        given.stream().filter(label -> label.preference().orElse(0.5) != 0.5).toList();
    long left = sided.stream().filter(LabelResults::prefersLeft).count();
    long[] times = own.stream().mapToLong(Label::millis).sorted().toArray();
    return new Person(
        name,
        given.size(),
        (int) given.stream().filter(label -> label.verdict().equals(Label.TIE)).count(),
        own.size() - given.size(),
        sided.isEmpty() ? Double.NaN : (double) left / sided.size(),
        times[times.length / 2],
        withRun(own));
  }

  private static boolean prefersLeft(Label label) {
    return label.verdict().equals(label.swapped() ? Label.SECOND : Label.FIRST);
  }

  private static List<Between> between(TreeMap<String, List<Label>> byPerson) {
    List<Between> found = new ArrayList<>();
    for (Map.Entry<String, List<Label>> one : byPerson.entrySet()) {
      for (Map.Entry<String, List<Label>> other :
          byPerson.tailMap(one.getKey(), false).entrySet()) {
        for (boolean pairs : new boolean[] {true, false}) {
          Agreement agreement = agreement(one.getValue(), other.getValue(), pairs);
          if (agreement.items() > 0) {
            found.add(new Between(one.getKey(), other.getKey(), pairs, agreement));
          }
        }
      }
    }
    return found;
  }

  private static Agreement agreement(List<Label> one, List<Label> other, boolean pairs) {
    Map<ItemKey, String> known = verdicts(one, pairs);
    List<String> ones = new ArrayList<>();
    List<String> others = new ArrayList<>();
    verdicts(other, pairs)
        .forEach(
            (item, verdict) -> {
              String own = known.get(item);
              if (own != null) {
                ones.add(own);
                others.add(verdict);
              }
            });
    return Agreement.of(ones, others);
  }

  private static Map<ItemKey, String> verdicts(List<Label> labels, boolean pairs) {
    Map<ItemKey, String> verdicts = new LinkedHashMap<>();
    for (Label label : labels) {
      if (!label.skipped() && label.item().isPair() == pairs) {
        verdicts.put(label.item(), label.verdict());
      }
    }
    return verdicts;
  }

  private static Map<String, Agreement> withRun(List<Label> labels) {
    Map<String, Agreement> found = new LinkedHashMap<>();
    Map<String, Function<Label, Optional<String>>> raters =
        Map.of(REWARD, LabelResults::byReward, LABEL, LabelResults::byLabel);
    for (String rater : List.of(REWARD, LABEL)) {
      List<String> people = new ArrayList<>();
      List<String> run = new ArrayList<>();
      for (Label label : labels) {
        Optional<String> own =
            Optional.ofNullable(raters.get(rater)).flatMap(answer -> answer.apply(label));
        if (label.preference().isPresent() && own.isPresent()) {
          people.add(label.verdict());
          run.add(own.get());
        }
      }
      if (!run.isEmpty()) {
        found.put(rater, Agreement.of(people, run));
      }
    }
    return found;
  }

  private static Optional<String> byReward(Label label) {
    return label.rewards().size() < 2
        ? Optional.empty()
        : sign(label.rewards().get(0) - label.rewards().get(1));
  }

  private static Optional<String> byLabel(Label label) {
    return sign(label.probability() - 0.5);
  }

  private static Optional<String> sign(double difference) {
    return Double.isNaN(difference)
        ? Optional.empty()
        : Optional.of(difference > 0 ? Label.FIRST : difference < 0 ? Label.SECOND : Label.TIE);
  }

  private static double correlation(List<Label> labels) {
    List<Label> rated =
        labels.stream()
            .filter(label -> label.rating().isPresent() && label.rewards().size() == 1)
            .filter(label -> Double.isFinite(label.rewards().get(0)))
            .toList();
    double[] ratings = rated.stream().mapToDouble(label -> label.rating().orElse(0)).toArray();
    double[] rewards = rated.stream().mapToDouble(label -> label.rewards().get(0)).toArray();
    double meanRating = Arrays.stream(ratings).average().orElse(0);
    double meanReward = Arrays.stream(rewards).average().orElse(0);
    double both = 0;
    double squaresOfRatings = 0;
    double squaresOfRewards = 0;
    for (int i = 0; i < ratings.length; i++) {
      both += (ratings[i] - meanRating) * (rewards[i] - meanReward);
      squaresOfRatings += Math.pow(ratings[i] - meanRating, 2);
      squaresOfRewards += Math.pow(rewards[i] - meanReward, 2);
    }
    double scale = Math.sqrt(squaresOfRatings * squaresOfRewards);
    return scale == 0 ? Double.NaN : both / scale;
  }
}
