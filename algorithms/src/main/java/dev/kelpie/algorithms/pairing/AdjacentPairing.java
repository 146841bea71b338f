package dev.kelpie.algorithms.pairing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Each response with the next one in the order of scores, the best first. */
record AdjacentPairing() implements Pairing {
  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    Set<Candidate> both = new LinkedHashSet<>(chosen);
    both.addAll(rejected);
    List<Candidate> order = new ArrayList<>(both);
    order.sort(
        Comparator.comparingDouble(Candidate::score).reversed().thenComparingInt(Candidate::row));
    List<RowPair> pairs = new ArrayList<>();
    for (int i = 0; i + 1 < order.size(); i++) {
      if (chosen.contains(order.get(i)) && rejected.contains(order.get(i + 1))) {
        pairs.add(new RowPair(order.get(i), order.get(i + 1)));
      }
    }
    return pairs;
  }
}
