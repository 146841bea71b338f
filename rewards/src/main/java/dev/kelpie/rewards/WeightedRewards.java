package dev.kelpie.rewards;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.SampleNumbers;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoreRequest;
import dev.kelpie.experience.Trajectory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A weighted sum of named rewards. If one of them fails, the sum fails with the name and reason of
 * that reward.
 */
record WeightedRewards(List<Part> parts) implements Reward {
  record Part(String name, Reward reward, Common common) {}

  /** Options that every reward takes beside those of its type. */
  record Common(
      @Doc("factor of its value in the sum") double weight,
      @Doc("how long it may take for one response; zero: as long as all of them together")
          Duration timeout) {
    static final Common DEFAULTS = new Common(1, Duration.ZERO);

    Common {
      Require.that(Double.isFinite(weight), "weight: %s (expected: a finite number)", weight);
      Require.that(!timeout.isNegative(), "timeout: %s (expected: a duration)", timeout);
    }
  }

  static WeightedRewards of(Map<String, ConfigBlock> blocks, Catalog<Reward> catalog) {
    if (blocks.isEmpty()) {
      throw new ConfigException(
          "reward: none (expected: at least one, such as reward.answer { type = exact-match })");
    }
    List<Part> parts = new ArrayList<>();
    // By name, so that the sum has one order.
    for (Map.Entry<String, ConfigBlock> entry : new TreeMap<>(blocks).entrySet()) {
      ConfigBlock block = entry.getValue();
      Common common = block.bindKnown(Common.DEFAULTS);
      Reward reward = catalog.create(block, "weight", "timeout");
      parts.add(new Part(entry.getKey(), reward, common));
    }
    return new WeightedRewards(parts);
  }

  /** {@code value = sum of weight * part}, summed in double. */
  @Override
  public Score score(Trajectory trajectory) throws Exception {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public List<ScoreRequest> requests() {
    return parts.stream().flatMap(part -> part.reward().requests().stream()).distinct().toList();
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws Exception {
    double sum = 0;
    Map<String, Float> values = new HashMap<>();
    for (Part part : parts) {
      Score score = score(part, trajectory, numbers);
      sum += part.common().weight() * score.value();
      values.put(part.name(), score.value());
      score.parts().forEach((name, value) -> values.put(part.name() + "/" + name, value));
    }
    return new Score((float) sum, values);
  }

  @Override
  public MetadataColumns columns() {
    return parts.stream()
        .map(part -> part.reward().columns())
        .reduce(MetadataColumns.NONE, MetadataColumns::and);
  }

  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    for (Part part : parts) {
      try {
        part.reward().checkAnswer(prompt);
      } catch (RewardException e) {
        throw new RewardException(part.name() + ": " + e.getMessage());
      }
    }
  }

  @Override
  public String version() {
    return parts.stream()
        .map(part -> part.name() + "=" + part.common().weight() + "*" + part.reward().version())
        .collect(Collectors.joining(" + "));
  }

  private static Score score(Part part, Trajectory trajectory, SampleNumbers numbers)
      throws Exception {
    Duration timeout = part.common().timeout();
    try {
      return timeout.isZero()
          ? part.reward().score(trajectory, numbers)
          : scoreWithin(timeout, part.reward(), trajectory, numbers);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new RewardException(part.name() + ": " + Rewards.reason(e));
    }
  }

  private static Score scoreWithin(
      Duration timeout, Reward reward, Trajectory trajectory, SampleNumbers numbers)
      throws Exception {
    RewardOutcome outcome = Rewards.score(reward, trajectory, numbers, timeout);
    if (outcome instanceof RewardOutcome.Failed failed) {
      throw new RewardException(failed.reason());
    }
    return ((RewardOutcome.Scored) outcome).score();
  }
}
