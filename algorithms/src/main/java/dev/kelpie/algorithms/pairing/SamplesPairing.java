package dev.kelpie.algorithms.pairing;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Pairs of samples whatever their scores: the first with the second, the third with the fourth, and
 * so on; of two members, the i-th response of the one with the i-th of the other. For losses whose
 * label says which side won, such as online DPO, https://arxiv.org/abs/2402.04792, and XPO,
 * https://arxiv.org/abs/2405.21046.
 */
record SamplesPairing() implements Pairing {
  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    if (chosen.equals(rejected)) {
      return IntStream.range(0, chosen.size() / 2)
          .mapToObj(i -> new RowPair(chosen.get(2 * i), chosen.get(2 * i + 1)))
          .toList();
    }
    return IntStream.range(0, Math.min(chosen.size(), rejected.size()))
        .mapToObj(i -> new RowPair(chosen.get(i), rejected.get(i)))
        .filter(pair -> pair.chosen().row() != pair.rejected().row())
        .toList();
  }

  @Override
  public boolean byScore() {
    return false;
  }
}
