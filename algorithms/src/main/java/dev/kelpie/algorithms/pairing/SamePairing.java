package dev.kelpie.algorithms.pairing;

import java.util.List;

/**
 * Every response with itself. For pairs whose sides differ in their prompts alone, so that the
 * response is the better one for the prompt of the chosen side: the intra-sample pairs of MAPL,
 * https://arxiv.org/abs/2505.12845.
 */
record SamePairing() implements Pairing {
  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    return chosen.stream()
        .filter(rejected::contains)
        .map(member -> new RowPair(member, member))
        .toList();
  }

  @Override
  public boolean byScore() {
    return false;
  }
}
