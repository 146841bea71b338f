package dev.kelpie.learner;

import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.label.PairLabel;
import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.Draws;
import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.people.PeopleOptions;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PairAnswers;
import dev.kelpie.experience.PairAnswers.AskedPair;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.people.AnnotationRouter;
import dev.kelpie.learner.rows.StepRows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Makes the pairs of a step that people label. Of its own pairs those that people are asked about
 * wait and are not trained on; the others have the fallback label, or are left out. Pairs of
 * earlier steps that have been answered join.
 */
final class PeoplePairs {
  private final Labelling labelling;
  private final Optional<Labelling> fallback;
  private final Optional<AnnotationRouter> router;

  /** By what {@code algorithm} says of labels, weights and margins. */
  PeoplePairs(PeopleOptions options, AlgorithmOptions algorithm) {
    this.labelling = Labelling.of(algorithm.label(), algorithm.weight(), algorithm.margin());
    this.fallback =
        options.fallback().values().isEmpty()
            ? Optional.empty()
            : Optional.of(Labelling.of(options.fallback(), algorithm.weight(), algorithm.margin()));
    this.router =
        options.router().used()
            ? Optional.of(new AnnotationRouter(options.router()))
            : Optional.empty();
  }

  /** The pairs that a step is trained on, and those that people are asked about. */
  record Made(StepPairs pairs, List<AskedPair> asked) {}

  /** A pair of the step itself; {@code label} is that of the fallback, if there is one. */
  private record Own(
      GroupId group, RowPair pair, Optional<PairLabel> label, Map<String, Double> features) {}

  /** The pairs of the step that {@code rows} are of. */
  Made of(StepRows rows, TrainingBatch batch, PairSelection selection, long seed) {
    Map<GroupId, List<Candidate>> groups = new HashMap<>();
    List<GroupPairs> proposed = new ArrayList<>();
    for (List<Candidate> group : rows.candidates()) {
      GroupId id = trajectory(rows, group.get(0)).id().group();
      groups.put(id, group);
      if (id.step() == batch.step()) {
        Draws draws = rows.draws(seed, group, Draws.Use.PAIRING);
        GroupPairs made = selection.of(group, rows.kept(group), draws);
        if (!made.pairs().isEmpty()) {
          proposed.add(made);
        }
      }
    }
    List<StepPairs.Pair> joining = joining(rows, batch.answers().joining(), groups);
    List<Own> own = own(rows, proposed);
    List<Integer> order = order(own);
    List<AskedPair> asked = new ArrayList<>();
    boolean[] waits = new boolean[own.size()];
    for (int i : order) {
      RowPair pair = own.get(i).pair();
      if (asked.size() < batch.answers().room() && isQuestion(rows, pair)) {
        waits[i] = true;
        asked.add(
            new AskedPair(
                own.get(i).group(),
                sample(rows, pair.chosen()),
                sample(rows, pair.rejected()),
                own.get(i).features()));
      }
    }
    List<StepPairs.Pair> pairs = new ArrayList<>();
    for (int i = 0; i < waits.length; i++) {
      Own one = own.get(i);
      if (!waits[i] && one.label().isPresent()) {
        String source = fallback.orElseThrow().source();
        pairs.add(new StepPairs.Pair(one.pair(), one.label().get(), -1, source));
      }
    }
    pairs.addAll(joining);
    return new Made(new StepPairs(pairs, labelling.source()), asked);
  }

  private List<Own> own(StepRows rows, List<GroupPairs> proposed) {
    List<Own> own = new ArrayList<>();
    Optional<List<List<PairLabel>>> labels = fallback.map(rule -> rule.labels(proposed));
    for (int g = 0; g < proposed.size(); g++) {
      List<RowPair> pairs = proposed.get(g).pairs();
      for (int i = 0; i < pairs.size(); i++) {
        int at = g;
        int place = i;
        GroupId group = trajectory(rows, pairs.get(i).chosen()).id().group();
        own.add(
            new Own(
                group,
                pairs.get(i),
                labels.map(all -> all.get(at).get(place)),
                features(rows, pairs.get(i))));
      }
    }
    return own;
  }

  /** The places of {@code own} in the order in which people are asked about them. */
  private List<Integer> order(List<Own> own) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, own.size()).boxed().toList());
    router.ifPresent(
        known -> {
          List<Double> priorities = known.priorities(own.stream().map(Own::features).toList());
          order.sort(Comparator.comparingDouble(i -> -priorities.get(i)));
        });
    return order;
  }

  private Map<String, Double> features(StepRows rows, RowPair pair) {
    return router
        .map(known -> known.features(trajectory(rows, pair.chosen()).prompt(), pair))
        .orElse(Map.of());
  }

  /** The pairs that join, with the answers' label or the fallback's. */
  private List<StepPairs.Pair> joining(
      StepRows rows, List<PairAnswers.Answered> answered, Map<GroupId, List<Candidate>> groups) {
    List<StepPairs.Pair> pairs = new ArrayList<>();
    for (PairAnswers.Answered one : answered) {
      List<Candidate> members =
          Objects.requireNonNull(groups.get(one.pair().group()), one.toString());
      RowPair pair =
          new RowPair(
              member(rows, members, one.pair().chosen()),
              member(rows, members, one.pair().rejected()));
      Optional<PairLabel> other =
          fallback.map(
              rule -> rule.labels(List.of(new GroupPairs(members, List.of(pair)))).get(0).get(0));
      if (one.probability().isPresent()) {
        double p = one.probability().getAsDouble();
        pairs.add(new StepPairs.Pair(pair, labelling.answered(pair, p), -1, labelling.source()));
        if (router.isPresent()) {
          double error = Math.abs(p - other.orElseThrow().probability());
          router.get().learn(one.pair().features(), error);
        }
      } else {
        String source = fallback.orElseThrow().source();
        pairs.add(new StepPairs.Pair(pair, other.orElseThrow(), -1, source));
      }
    }
    return pairs;
  }

  private static Candidate member(StepRows rows, List<Candidate> members, int sample) {
    return members.stream()
        .filter(member -> sample(rows, member) == sample)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no response " + sample + " of a pair"));
  }

  /** Whether people can see a difference. */
  private static boolean isQuestion(StepRows rows, RowPair pair) {
    Trajectory chosen = trajectory(rows, pair.chosen());
    Trajectory rejected = trajectory(rows, pair.rejected());
    int length =
        chosen.prompt().text().length() + chosen.text().length() + rejected.text().length();
    return !chosen.text().equals(rejected.text()) && length <= PairAnswers.LONGEST_TEXTS;
  }

  private static Trajectory trajectory(StepRows rows, Candidate member) {
    return rows.row(member.row()).trajectory();
  }

  private static int sample(StepRows rows, Candidate member) {
    return trajectory(rows, member).id().sample();
  }

  /** What the next step continues from. */
  Map<String, Double> carried() {
    return router.map(AnnotationRouter::carried).orElse(Map.of());
  }

  /** Continues with the numbers of a checkpoint. */
  void restore(Map<String, Double> numbers) {
    router.ifPresent(known -> known.restore(numbers));
  }
}
