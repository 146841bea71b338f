package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A weighted sum of other losses over the same pairs, all with one beta and their other options at
 * their defaults.
 *
 * <p>With sigmoid, bco-pair and sft: MPO, Wang et al. 2024, https://arxiv.org/abs/2411.10442, eq.
 * 2.
 */
public final class MixtureLoss implements PreferenceLoss {
  public record Options(
      @Doc("strength of the pull to the reference, of every part") double beta,
      @Doc("names of losses over pairs; sft is the likelihood of the chosen response")
          List<String> losses,
      @Doc("factor of each part") List<Double> weights) {
    public static final Options DEFAULTS =
        new Options(0.1, List.of("sigmoid", "bco-pair", "sft"), List.of(0.8, 0.2, 1.0));

    public Options {
      Require.positive("beta", beta);
      losses = List.copyOf(losses);
      weights = List.copyOf(weights);
      Require.that(!losses.isEmpty(), "losses: [] (expected: at least one)");
      Require.that(
          weights.size() == losses.size(),
          "weights: %s (expected: one for each of %s losses)",
          weights.size(),
          losses.size());
      Require.that(!losses.contains("mixture"), "losses: mixture (expected: no mixture in itself)");
    }
  }

  private final Options options;
  private final List<PreferenceLoss> parts;

  public MixtureLoss(Options options) {
    this.options = options;
    this.parts = options.losses.stream().map(name -> part(name, options.beta)).toList();
  }

  private static PreferenceLoss part(String given, double beta) {
    String name = given.equals("sft") ? "chosen-sft" : given;
    Catalog<PreferenceLoss> catalog = PreferenceLosses.catalog();
    Require.oneOf("losses", name, catalog.names());
    return catalog.create(name, ConfigBlock.of("losses", Map.of("beta", beta)));
  }

  private boolean all(Predicate<PreferenceLoss> property) {
    return parts.stream().allMatch(property);
  }

  private boolean any(Predicate<PreferenceLoss> property) {
    return parts.stream().anyMatch(property);
  }

  @Override
  public LossUnit unit() {
    return any(part -> part.unit() == LossUnit.STEP) ? LossUnit.STEP : LossUnit.PAIR;
  }

  @Override
  public boolean needsReference() {
    return any(PreferenceLoss::needsReference);
  }

  @Override
  public boolean takesProbability() {
    return all(PreferenceLoss::takesProbability);
  }

  @Override
  public boolean takesMargin() {
    return all(PreferenceLoss::takesMargin);
  }

  @Override
  public boolean needsTargets() {
    return any(PreferenceLoss::needsTargets);
  }

  @Override
  public boolean sidesHaveRoles() {
    return any(PreferenceLoss::sidesHaveRoles);
  }

  @Override
  public Set<PairColumn> columns() {
    Set<PairColumn> columns = EnumSet.noneOf(PairColumn.class);
    parts.forEach(part -> columns.addAll(part.columns()));
    return columns;
  }

  @Override
  public double nllCoef() {
    double sum = 0;
    for (int i = 0; i < parts.size(); i++) {
      sum += options.weights.get(i) * parts.get(i).nllCoef();
    }
    return sum;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    NDArray losses = c.zerosLike(); // [N, 1]
    for (int i = 0; i < parts.size(); i++) {
      NDArray part = parts.get(i).evaluate(batch).values(); // [N, 1]
      losses = losses.add(mul(part, options.weights.get(i))); // [N, 1]
    }
    return PairLosses.of(losses, options.beta, c, r);
  }
}
