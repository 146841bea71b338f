package dev.kelpie.algorithms.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.ConfigBlock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The label that the policy's own log-ratios give. */
class LogRatioLabelTest {
  private static Labelling labelling(Map<String, ?> more) {
    Map<String, Object> label = new HashMap<>(more);
    label.put("type", "log-ratio");
    return Labelling.of(
        ConfigBlock.of("algorithm.label", label),
        ConfigBlock.empty("algorithm.weight"),
        ConfigBlock.empty("algorithm.margin"));
  }

  private static double probability(Labelling labelling, Candidate chosen, Candidate rejected) {
    GroupPairs group =
        new GroupPairs(List.of(chosen, rejected), List.of(new RowPair(chosen, rejected)));
    return labelling.labels(List.of(group)).get(0).get(0).probability();
  }

  private static Candidate candidate(int row, double now, double start) {
    return new Candidate(
        row, 0, false, Candidate.POLICY, Map.of(), Map.of("now", now, "start", start));
  }

  @Test
  void logRatiosOfPlusAndMinusOneGiveSigmoidOfTwo() {
    Labelling labelling = labelling(Map.of("of", "now", "to", "start"));
    assertThat(labelling.models()).containsExactly("now", "start");
    double p = probability(labelling, candidate(0, -4, -5), candidate(1, -8, -7));
    assertThat(p).isCloseTo(0.880797077977882, within(1e-12)); // sigmoid(1 - -1)
  }

  @Test
  void aPolicyThatIsTheReferenceDoesNotKnow() {
    Labelling labelling = labelling(Map.of("of", "now", "to", "start"));
    assertThat(probability(labelling, candidate(0, -4, -4), candidate(1, -8, -8))).isEqualTo(0.5);
  }

  @Test
  void scaleIsBetaAndClipKeepsItFromZero() {
    Labelling labelling = labelling(Map.of("of", "now", "to", "start", "scale", 0.5));
    double p = probability(labelling, candidate(0, -4, -5), candidate(1, -8, -7));
    assertThat(p).isCloseTo(0.731058578630005, within(1e-12)); // sigmoid(0.5 * 2)
    Labelling clipped = labelling(Map.of("of", "now", "to", "start", "scale", 100, "clip", 0.1));
    assertThat(probability(clipped, candidate(0, -9, -5), candidate(1, -1, -7))).isEqualTo(0.1);
  }

  @Test
  void modelsAreRequired() {
    assertThatThrownBy(() -> labelling(Map.of("of", "now")))
        .hasMessage("algorithm.label.to: missing (expected: the name of a model)");
  }
}
