package dev.kelpie.algorithms.pairing;

import java.util.List;

/** Every response with every other of lower score; with {@code random}, in a random order. */
record AllPairing(boolean random) implements Pairing {
  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    return chosen.stream()
        .flatMap(better -> rejected.stream().map(worse -> new RowPair(better, worse)))
        .filter(pair -> pair.gap() > 0 || (pair.gap() == 0 && earlier(pair)))
        .toList();
  }

  private static boolean earlier(RowPair pair) {
    return pair.chosen().row() < pair.rejected().row();
  }
}
