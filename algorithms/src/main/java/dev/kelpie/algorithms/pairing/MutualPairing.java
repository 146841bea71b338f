package dev.kelpie.algorithms.pairing;

import java.util.List;

/**
 * Every response with every other, in both directions, whatever their scores. For pairs whose sides
 * are judged under a prompt that depends on the chosen response, such as one that names its score:
 * Reward-Augmented DPO, https://arxiv.org/abs/2410.08067.
 */
record MutualPairing() implements Pairing {
  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    return chosen.stream()
        .flatMap(one -> rejected.stream().map(other -> new RowPair(one, other)))
        .filter(pair -> pair.chosen().row() != pair.rejected().row())
        .toList();
  }

  @Override
  public boolean byScore() {
    return false;
  }
}
