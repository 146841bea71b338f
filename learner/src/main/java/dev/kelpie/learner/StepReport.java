package dev.kelpie.learner;

import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.label.ResponseLabel;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.experience.reward.RepeatedTokens;
import dev.kelpie.experience.reward.ScoreParts;
import dev.kelpie.learner.rows.StepRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** Gathers the numbers of one training step under their names. */
final class StepReport {
  private final Map<String, Double> values = new LinkedHashMap<>();
  private final Map<String, List<Double>> updates = new LinkedHashMap<>();

  /** Runs {@code work} and adds its seconds to {@code timing_s/NAME}. */
  <T> T timed(String name, Callable<T> work) throws Exception {
    long start = System.nanoTime();
    try {
      return work.call();
    } finally {
      values.merge("timing_s/" + name, (System.nanoTime() - start) / 1e9, Double::sum);
    }
  }

  void put(String name, double value) {
    values.put(name, value);
  }

  /** Adds the numbers of one optimiser step; the report has their mean over the updates. */
  void update(Map<String, Double> numbers) {
    numbers.forEach(
        (name, value) -> updates.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
  }

  /**
   * Adds the numbers of the batch itself: rewards, lengths, losses of data. They are those of the
   * policy's own samples where it has any; of other members there is the mean reward.
   */
  void describe(TrainingBatch batch, PolicyVersion version) {
    List<Double> rewards = new ArrayList<>();
    List<Double> lengths = new ArrayList<>();
    List<Double> repetitions = new ArrayList<>();
    List<Double> staleness = new ArrayList<>();
    Map<String, List<Double>> parts = new TreeMap<>();
    int cut = 0;
    int failed = 0;
    int empty = 0;
    int equal = 0;
    boolean own =
        batch.groups().stream()
            .flatMap(group -> group.members().stream())
            .anyMatch(StepReport::isOwn);
    for (TrajectoryGroup group : batch.groups()) {
      failed += group.failed().size();
      equal += group.allEqual() ? 1 : 0;
      for (ScoredTrajectory member : group.members()) {
        if (own && !isOwn(member)) {
          continue;
        }
        int length = member.trajectory().response().length();
        rewards.add((double) member.reward());
        lengths.add((double) length);
        repetitions.add(RepeatedTokens.share(member.trajectory().response()));
        empty += isEmpty(member.trajectory()) ? 1 : 0;
        cut += member.trajectory().finishReason() == FinishReason.LENGTH ? 1 : 0;
        PolicyVersion oldest = member.trajectory().versions().oldest(version);
        staleness.add((double) (version.number() - oldest.number()));
        member
            .score()
            .parts()
            .forEach(
                (name, part) -> {
                  if (!name.startsWith(ScoreParts.AGAINST)) {
                    parts.computeIfAbsent(name, n -> new ArrayList<>()).add((double) part);
                  }
                });
      }
    }
    describeMembers(batch);
    spread("reward", rewards, true);
    parts.forEach((name, numbers) -> put("reward/" + name + "/mean", mean(numbers)));
    put("reward/frac_zero_std", (double) equal / Math.max(1, batch.groups().size()));
    put("reward/failed", failed);
    spread("response_length", lengths, false);
    put("response_length/clip_ratio", (double) cut / Math.max(1, rewards.size()));
    put("response_repetition/mean", mean(repetitions));
    putCorrelation("reward/length_correlation", rewards, lengths);
    put("data/responses", rewards.size());
    put("data/empty_responses", empty);
    put("staleness/mean", mean(staleness));
    put("staleness/max", staleness.stream().mapToDouble(x -> x).max().orElse(0));
  }

  private static boolean isOwn(ScoredTrajectory member) {
    return member.trajectory().origin().member().equals(Origin.POLICY_MEMBER);
  }

  private void describeMembers(TrainingBatch batch) {
    Map<String, List<Double>> rewards = new TreeMap<>();
    for (TrajectoryGroup group : batch.groups()) {
      for (ScoredTrajectory member : group.members()) {
        if (!isOwn(member)) {
          rewards
              .computeIfAbsent(member.trajectory().origin().member(), n -> new ArrayList<>())
              .add((double) member.reward());
        }
      }
    }
    rewards.forEach(
        (name, numbers) -> {
          put("member/" + name + "/reward/mean", mean(numbers));
          put("member/" + name + "/responses", numbers.size());
        });
  }

  /** Whether a response is no more than the token that ends it. */
  private static boolean isEmpty(Trajectory trajectory) {
    int length = trajectory.response().length();
    return length == 0 || (length == 1 && trajectory.finishReason() == FinishReason.STOP);
  }

  /** Adds advantages and returns of all tokens, and how well the old values explain the returns. */
  void credit(StepRows rows, boolean hasValues) {
    List<Double> advantages = new ArrayList<>();
    for (double[] row : rows.numbers(Column.ADVANTAGES)) {
      Arrays.stream(row).forEach(advantages::add);
    }
    spread("advantages", advantages, true);
    double[] returns =
        Arrays.stream(rows.numbers(Column.RETURNS)).flatMapToDouble(Arrays::stream).toArray();
    put("returns/mean", Arrays.stream(returns).average().orElse(Double.NaN));
    if (hasValues) {
      double[] values =
          Arrays.stream(rows.numbers(Column.OLD_VALUES)).flatMapToDouble(Arrays::stream).toArray();
      double[] errors = new double[returns.length];
      Arrays.setAll(errors, i -> returns[i] - values[i]);
      put("value/mean", Arrays.stream(values).average().orElse(Double.NaN));
      put("value/explained_var", 1 - variance(errors) / variance(returns));
    }
  }

  /** Adds the numbers of the step's pairs. */
  void pairs(StepPairs pairs, StepRows rows) {
    put("preference/pairs", pairs.pairs().size());
    put("preference/unpaired_responses", rows.rows().size() - rows.responses(pairs.rows()));
    if (!pairs.pairs().isEmpty()) {
      List<Double> gaps = pairs.pairs().stream().map(pair -> pair.rows().gap()).toList();
      List<Double> labels = pairs.pairs().stream().map(pair -> pair.label().probability()).toList();
      put("preference/score_gap", mean(gaps));
      put("preference/label", mean(labels));
    }
  }

  /** Counts the responses in no pair, of the step's own. */
  void unpaired(StepPairs pairs, StepRows rows, long step) {
    Set<SampleId> own = new HashSet<>();
    rows.rows().forEach(row -> own.add(row.trajectory().id()));
    own.removeIf(id -> id.group().step() != step);
    pairs.rows().forEach(row -> own.remove(rows.row(row).trajectory().id()));
    put("preference/unpaired_responses", own.size());
  }

  /** Adds the numbers of the step's labelled responses. */
  void labels(Map<Integer, ResponseLabel> labels, StepRows rows) {
    put("preference/responses", labels.size());
    put("preference/unlabelled_responses", rows.rows().size() - labels.size());
    if (!labels.isEmpty()) {
      put(
          "preference/desirable",
          mean(labels.values().stream().map(label -> label.desirable() ? 1.0 : 0.0).toList()));
      put("preference/target", mean(labels.values().stream().map(ResponseLabel::target).toList()));
    }
  }

  /**
   * Adds the KL to the reference at the start of the step, by the tokens of the paired responses
   * that the policy sampled: the mean of their log-ratios.
   */
  void pairedKl(StepPairs pairs, StepRows rows) {
    double sum = 0;
    long tokens = 0;
    for (int row : pairs.rows()) {
      PerToken policy = rows.find(Column.OLD_LOGPROBS, row);
      PerToken reference = rows.find(Column.REFERENCE_LOGPROBS, row);
      if (policy != null && reference != null && rows.row(row).trajectory().generated()) {
        sum += policy.sum() - reference.sum();
        tokens += policy.length();
      }
    }
    if (tokens > 0) {
      put("kl/ref_paired", sum / tokens);
    }
  }

  /** All numbers. */
  Map<String, Double> values() {
    Map<String, Double> all = new LinkedHashMap<>(values);
    updates.forEach((name, numbers) -> all.put(name, mean(numbers)));
    return all;
  }

  private void spread(String name, List<Double> numbers, boolean withStd) {
    double mean = mean(numbers);
    put(name + "/mean", mean);
    if (withStd) {
      double[] all = numbers.stream().mapToDouble(x -> x).toArray();
      put(name + "/std", Math.sqrt(variance(all)));
    }
    put(name + "/min", numbers.stream().mapToDouble(x -> x).min().orElse(Double.NaN));
    put(name + "/max", numbers.stream().mapToDouble(x -> x).max().orElse(Double.NaN));
  }

  /** Puts Pearson's correlation, unless one of the two is the same for all responses. */
  private void putCorrelation(String name, List<Double> xs, List<Double> ys) {
    double meanX = mean(xs);
    double meanY = mean(ys);
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < xs.size(); i++) {
      double x = xs.get(i) - meanX;
      double y = ys.get(i) - meanY;
      xy += x * y;
      xx += x * x;
      yy += y * y;
    }
    if (xx > 0 && yy > 0) {
      put(name, xy / Math.sqrt(xx * yy));
    }
  }

  private static double mean(List<Double> numbers) {
    return numbers.stream().mapToDouble(x -> x).average().orElse(Double.NaN);
  }

  private static double variance(double[] numbers) {
    double mean = Arrays.stream(numbers).average().orElse(Double.NaN);
    return Arrays.stream(numbers).map(x -> (x - mean) * (x - mean)).average().orElse(Double.NaN);
  }
}
