package dev.kelpie.algorithms.pairing;

import java.util.List;

/**
 * Every response of the member {@code chosen-from} with every response of {@code rejected-from},
 * whatever their scores. SPIN: https://arxiv.org/abs/2401.01335, Algorithm 1, where the chosen
 * response comes from the data and the rejected one from the policy.
 */
record OriginPairing() implements Pairing {
  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    return chosen.stream()
        .flatMap(better -> rejected.stream().map(worse -> new RowPair(better, worse)))
        .filter(pair -> pair.chosen().row() != pair.rejected().row())
        .toList();
  }

  @Override
  public boolean ofMembers() {
    return true;
  }

  @Override
  public boolean byScore() {
    return false;
  }
}
