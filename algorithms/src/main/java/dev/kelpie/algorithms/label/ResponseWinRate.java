package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.ScoreProbability;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The target of a response is the mean of {@code sigmoid(scale (score - other score))} over the
 * other responses of its group, or over those of one member. The responses of that member, and
 * those without another, have no label.
 *
 * <p>With the responses of a mixture of policy and reference as the member: Nash-MD,
 * https://arxiv.org/abs/2312.00886.
 */
public record ResponseWinRate(Options options) implements ResponseLabelRule {
  public record Options(
      @Doc("factor of the difference of scores") double scale,
      @Doc("member whose responses are the others; empty: every other response") String against) {
    public static final Options DEFAULTS = new Options(1, "");

    public Options {
      Require.positive("scale", scale);
    }
  }

  @Override
  public Optional<ResponseLabel> label(Candidate response, Group group) {
    boolean named = !options.against.isEmpty();
    if (named && response.origin().equals(options.against)) {
      return Optional.empty();
    }
    OptionalDouble rate =
        group.members().stream()
            .filter(other -> other.row() != response.row())
            .filter(other -> !named || other.origin().equals(options.against))
            .mapToDouble(
                other -> ScoreProbability.of(response.score(), other.score(), options.scale))
            .average();
    return rate.isEmpty()
        ? Optional.empty()
        : Optional.of(ResponseLabel.of(rate.getAsDouble() >= 0.5, rate.getAsDouble()));
  }

  @Override
  public boolean makesDesirable() {
    return true;
  }

  @Override
  public boolean makesTargets() {
    return true;
  }

  @Override
  public Optional<String> against() {
    return options.against.isEmpty() ? Optional.empty() : Optional.of(options.against);
  }
}
