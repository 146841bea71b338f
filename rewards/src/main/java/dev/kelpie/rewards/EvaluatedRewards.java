package dev.kelpie.rewards;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.reward.ScoreParts;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.remote.Connections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A reward, and scorers that only responses of evaluations are given to. Their values are parts of
 * the score and never of its value; one that fails counts as failed and changes nothing else.
 */
record EvaluatedRewards(Reward reward, SortedMap<String, Reward> scorers) implements Reward {
  static EvaluatedRewards of(
      Reward reward, Map<String, ConfigBlock> blocks, Catalog<Reward> catalog) {
    SortedMap<String, Reward> scorers = new TreeMap<>();
    for (Map.Entry<String, ConfigBlock> entry : new TreeMap<>(blocks).entrySet()) {
      Reward scorer = catalog.create(entry.getValue());
      if (scorer.running()) {
        throw entry
            .getValue()
            .error(
                "normalize",
                "running",
                "none or fixed, because a scorer that is only evaluated has no scores of steps");
      }
      scorers.put(entry.getKey(), scorer);
    }
    return new EvaluatedRewards(reward, scorers);
  }

  @Override
  public Score score(Trajectory trajectory) throws Exception {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws Exception {
    Score score = reward.score(trajectory, numbers);
    if (trajectory.id().group().purpose() != Purpose.EVAL) {
      return score;
    }
    Map<String, Float> parts = new HashMap<>(score.parts());
    for (Map.Entry<String, Reward> scorer : scorers.entrySet()) {
      String part = ScoreParts.HELD_OUT + scorer.getKey();
      float failed = 0;
      try {
        parts.put(part, scorer.getValue().score(trajectory, numbers).value());
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        failed = 1;
      }
      parts.put(part + ScoreParts.FAILED, failed);
    }
    return new Score(score.value(), parts);
  }

  @Override
  public boolean isRemote() {
    return all().anyMatch(Reward::isRemote);
  }

  @Override
  public Set<String> remoteModels() {
    return all()
        .flatMap(one -> one.remoteModels().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Override
  public Reward connect(Connections connections) {
    SortedMap<String, Reward> connected = new TreeMap<>();
    scorers.forEach((name, scorer) -> connected.put(name, scorer.connect(connections)));
    return new EvaluatedRewards(reward.connect(connections), connected);
  }

  @Override
  public int concurrency() {
    return all().mapToInt(Reward::concurrency).max().orElse(1);
  }

  private Stream<Reward> all() {
    return Stream.concat(Stream.of(reward), scorers.values().stream());
  }

  @Override
  public boolean running() {
    return reward.running();
  }

  @Override
  public Reward scaled(Map<String, Scale> soFar) {
    return new EvaluatedRewards(reward.scaled(soFar), scorers);
  }

  @Override
  public List<ScoreRequest> requests() {
    return reward.requests();
  }

  @Override
  public List<ScoreRequest> evaluationRequests() {
    return Stream.concat(
            reward.requests().stream(),
            scorers.values().stream().flatMap(scorer -> scorer.requests().stream()))
        .distinct()
        .toList();
  }

  @Override
  public MetadataColumns columns() {
    return scorers.values().stream()
        .map(Reward::columns)
        .reduce(reward.columns(), MetadataColumns::and);
  }

  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    reward.checkAnswer(prompt);
  }

  @Override
  public String version() {
    StringBuilder version = new StringBuilder(reward.version());
    scorers.forEach(
        (name, scorer) -> version.append(" | ").append(name).append('=').append(scorer.version()));
    return version.toString();
  }
}
