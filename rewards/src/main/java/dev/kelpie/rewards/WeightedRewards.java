package dev.kelpie.rewards;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.remote.Connections;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Named rewards as one: the sum of those that are added, times the product of those that multiply.
 * A reward that does not count for a prompt is not asked, adds nothing and multiplies by 1. If one
 * of them fails, the whole fails with the name and reason of that reward.
 */
record WeightedRewards(List<RewardTerm> terms) implements Reward {
  static WeightedRewards of(Map<String, ConfigBlock> blocks, Catalog<Reward> catalog) {
    if (blocks.isEmpty()) {
      throw new ConfigException(
          "reward: none (expected: at least one, such as reward.answer { type = exact-match })");
    }
    List<RewardTerm> terms = new ArrayList<>();
    // By name, so that the sum has one order.
    for (Map.Entry<String, ConfigBlock> entry : new TreeMap<>(blocks).entrySet()) {
      ConfigBlock block = entry.getValue();
      RewardTerm.Common common = block.bindKnown(RewardTerm.Common.DEFAULTS);
      Reward reward = catalog.create(block, Catalog.keys(RewardTerm.Common.DEFAULTS));
      terms.add(new RewardTerm(entry.getKey(), reward, common));
    }
    if (terms.stream().allMatch(RewardTerm::multiplies)) {
      ConfigBlock first = new TreeMap<>(blocks).firstEntry().getValue();
      throw first.error("combine", "multiply", "add, because there is no other reward to multiply");
    }
    return new WeightedRewards(terms);
  }

  /** {@code value = sum of shares * product of factors}, computed in double. */
  @Override
  public Score score(Trajectory trajectory) throws Exception {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Reward scaled(Map<String, Scale> soFar) {
    return soFar.isEmpty()
        ? this
        : new WeightedRewards(terms.stream().map(term -> term.scaled(soFar)).toList());
  }

  @Override
  public List<ScoreRequest> requests() {
    return terms.stream().flatMap(term -> term.reward().requests().stream()).distinct().toList();
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws Exception {
    double sum = 0;
    double factor = 1;
    Map<String, Float> values = new HashMap<>();
    for (RewardTerm term : terms) {
      try {
        if (!term.appliesTo(trajectory.prompt())) {
          continue;
        }
        Score score = term.score(trajectory, numbers);
        double share = term.share(trajectory.prompt(), score.value());
        sum += term.multiplies() ? 0 : share;
        factor *= term.multiplies() ? share : 1;
        values.put(term.name(), score.value());
        score.parts().forEach((name, value) -> values.put(term.name() + "/" + name, value));
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        throw new RewardException(term.name() + ": " + Rewards.reason(e));
      }
    }
    return new Score((float) (sum * factor), values);
  }

  @Override
  public boolean isRemote() {
    return terms.stream().anyMatch(term -> term.reward().isRemote());
  }

  @Override
  public Set<String> remoteModels() {
    return terms.stream()
        .flatMap(term -> term.reward().remoteModels().stream())
        .collect(Collectors.toSet());
  }

  @Override
  public int concurrency() {
    return terms.stream().mapToInt(term -> term.reward().concurrency()).max().orElse(1);
  }

  @Override
  public Reward connect(Connections connections) {
    return new WeightedRewards(
        terms.stream()
            .map(
                term ->
                    new RewardTerm(term.name(), term.reward().connect(connections), term.common()))
            .toList());
  }

  @Override
  public MetadataColumns columns() {
    return terms.stream()
        .map(RewardTerm::columns)
        .reduce(MetadataColumns.NONE, MetadataColumns::and);
  }

  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    for (RewardTerm term : terms) {
      try {
        term.check(prompt);
      } catch (RewardException e) {
        throw new RewardException(term.name() + ": " + e.getMessage());
      }
    }
  }

  @Override
  public String version() {
    return terms.stream().map(RewardTerm::version).collect(Collectors.joining(" + "));
  }
}
