package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.MinNorm;
import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.rows.Collator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An update that serves all sources of a batch of pairs: the loss of a source is the mean over its
 * pairs, and the gradients of the sources are combined by the weights of {@link MinNorm}, so that
 * to first order the loss of no source rises.
 *
 * <p>MORE, https://arxiv.org/abs/2312.07401. Differs: gradients are those of all weights, of the
 * sources that a batch has pairs of.
 *
 * @param sources pairs of each source, by its name
 */
record SourceUpdate(SortedMap<String, List<ScorePair>> sources, ScoreLoss loss, int step) {
  static SourceUpdate of(List<ScorePair> batch, ScoreLoss loss, int step) {
    SortedMap<String, List<ScorePair>> sources = new TreeMap<>();
    for (ScorePair pair : batch) {
      sources.computeIfAbsent(pair.source(), name -> new ArrayList<>()).add(pair);
    }
    return new SourceUpdate(sources, loss, step);
  }

  /**
   * Makes the update. Metrics: those of an update without sources, each the mean over all pairs; of
   * each source its {@code loss}, its {@code weight} and the {@code product} of the combined
   * gradient with its own.
   */
  Map<String, Double> apply(TrainedModel model, Collator collator, double rate) {
    List<TrainedModel.Part> parts = new ArrayList<>();
    sources.forEach(
        (name, pairs) ->
            parts.add(
                new TrainedModel.Part(
                    collator.microbatches(PairItems.of(pairs, true)),
                    new PairObjective(loss, pairs, Optional.empty(), step))));
    TrainedModel.Combined combined = model.combine(parts, rate, MinNorm::weights);
    Map<String, Double> numbers = new LinkedHashMap<>();
    int all = sources.values().stream().mapToInt(List::size).sum();
    int at = 0;
    for (List<ScorePair> pairs : sources.values()) {
      double share = (double) pairs.size() / all;
      combined
          .metrics()
          .get(at++)
          .forEach((name, x) -> numbers.merge(name, share * x, Double::sum));
    }
    at = 0;
    for (String source : sources.keySet()) {
      String name = "reward_model/source/" + source + "/";
      Double own = combined.metrics().get(at).get("reward_model/loss");
      numbers.put(name + "loss", Objects.requireNonNull(own));
      numbers.put(name + "weight", combined.weights().get(at));
      numbers.put(name + "product", combined.products().get(at));
      at++;
    }
    numbers.put("reward_model/grad_norm", combined.norm());
    numbers.put("reward_model/lr", rate);
    return numbers;
  }
}
