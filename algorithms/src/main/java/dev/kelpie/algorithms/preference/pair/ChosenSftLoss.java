package dev.kelpie.algorithms.preference.pair;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Maximum likelihood of the chosen responses alone, per token; a part of {@code mixture}. The
 * rejected response teaches nothing.
 */
public record ChosenSftLoss(Options options) implements PreferenceLoss {
  public record Options(@Doc("scale of the implicit rewards that are reported") double beta) {
    public static final Options DEFAULTS = new Options(0.1);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public boolean needsReference() {
    return false;
  }

  @Override
  public double nllCoef() {
    return 1;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    return PairLosses.of(c.zerosLike(), options.beta, c, r);
  }
}
