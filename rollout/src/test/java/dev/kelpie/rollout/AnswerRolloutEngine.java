package dev.kelpie.rollout;

import dev.kelpie.config.RolloutOptions;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Responds with the reference answers, each with probability 1, whatever the weights are: the
 * rewards of a policy that makes no mistakes.
 */
final class AnswerRolloutEngine implements RolloutEngine {
  private final Tokenizer tokenizer;
  private final StopTokens stops;
  private Optional<PolicyVersion> version = Optional.empty();

  private AnswerRolloutEngine(Tokenizer tokenizer, StopTokens stops) {
    this.tokenizer = tokenizer;
    this.stops = stops;
  }

  /** An engine without weights for the tokenizer of {@code policyFolder}. */
  static AnswerRolloutEngine open(Path policyFolder, RolloutOptions options) {
    return new AnswerRolloutEngine(Tokenizer.open(policyFolder), StopTokens.open(policyFolder));
  }

  @Override
  public Optional<PolicyVersion> version() {
    return version;
  }

  @Override
  public void load(WeightSnapshot weights) {
    version = Optional.of(weights.version());
  }

  @Override
  public List<Trajectory> generate(RolloutUnit unit, Progress progress) {
    if (!version.equals(Optional.of(unit.version()))) {
      throw new IllegalStateException(
          "weights: " + version + " (expected: " + unit.version() + ")");
    }
    List<Trajectory> all = new ArrayList<>();
    long tokens = 0;
    for (int row = 0; row < unit.draws(); row++) {
      Trajectory trajectory = answer(unit, row);
      all.add(trajectory);
      tokens += trajectory.response().length();
      progress.drawn(row, trajectory.response());
      progress.report(row + 1, unit.draws(), tokens);
    }
    return all;
  }

  private Trajectory answer(RolloutUnit unit, int row) {
    int[] ids = tokenizer.encode(unit.prompt(row).answer().orElse(""), false).toArray();
    int[] ended = Arrays.copyOf(ids, ids.length + 1);
    ended[ids.length] = stops.ids().get(0);
    int length = Math.min(ended.length, unit.limit(row));
    TokenIds response = TokenIds.of(Arrays.copyOf(ended, length));
    return new Trajectory(
        unit.sampleId(row),
        unit.prompt(row),
        response,
        tokenizer.decode(response, true),
        PerToken.constant(0, length),
        PerToken.constant(0, length),
        TokenVersions.uniform(unit.version(), length),
        length == ended.length ? FinishReason.STOP : FinishReason.LENGTH,
        Origin.POLICY,
        unit.sampling());
  }

  @Override
  public void release() {
    version = Optional.empty();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
