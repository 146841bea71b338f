package dev.kelpie.algorithms.pairing;

/** A chosen and a rejected response of one step. */
public record RowPair(Candidate chosen, Candidate rejected) {
  /** Score of the chosen minus score of the rejected response. */
  public double gap() {
    return chosen.score() - rejected.score();
  }
}
