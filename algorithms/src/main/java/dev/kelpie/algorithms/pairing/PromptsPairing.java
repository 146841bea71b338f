package dev.kelpie.algorithms.pairing;

import java.util.List;

/**
 * Every response with itself under two prompts: that of {@code variants.chosen} and that of {@code
 * variants.rejected}, whatever its score. MAPL, multi-attribute preferences over instructions:
 * https://arxiv.org/abs/2505.13346, whose pairs differ in the prompt and share the response.
 */
record PromptsPairing() implements Pairing {
  @Override
  public List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected) {
    return chosen.stream()
        .filter(member -> rejected.stream().anyMatch(other -> other.row() == member.row()))
        .map(member -> new RowPair(member, member))
        .toList();
  }

  @Override
  public boolean byScore() {
    return false;
  }

  @Override
  public boolean ofOneResponse() {
    return true;
  }
}
