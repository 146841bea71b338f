package dev.kelpie.rewards;

import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.remote.Connections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A reward with the connections that it asks servers by; closing it closes them. */
public final class ConnectedReward implements Reward, AutoCloseable {
  private final Reward reward;
  private final Connections connections;

  ConnectedReward(Reward reward, Connections connections) {
    this.reward = reward.connect(connections);
    this.connections = connections;
  }

  /** What it asks servers by. */
  public Connections connections() {
    return connections;
  }

  @Override
  public List<ScoreRequest> requests() {
    return reward.requests();
  }

  @Override
  public List<ScoreRequest> evaluationRequests() {
    return reward.evaluationRequests();
  }

  @Override
  public boolean running() {
    return reward.running();
  }

  @Override
  public Reward scaled(Scale soFar) {
    return reward.scaled(soFar);
  }

  @Override
  public Reward scaled(Map<String, Scale> soFar) {
    return reward.scaled(soFar);
  }

  @Override
  public Set<String> remoteModels() {
    return reward.remoteModels();
  }

  @Override
  public boolean isRemote() {
    return reward.isRemote();
  }

  @Override
  public int concurrency() {
    return reward.concurrency();
  }

  @Override
  public Optional<String> exhausted() {
    return connections.spent();
  }

  @Override
  public Score score(Trajectory trajectory) throws Exception {
    return reward.score(trajectory);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws Exception {
    return reward.score(trajectory, numbers);
  }

  @Override
  public MetadataColumns columns() {
    return reward.columns();
  }

  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    reward.checkAnswer(prompt);
  }

  @Override
  public String version() {
    return reward.version();
  }

  @Override
  public void close() {
    connections.close();
  }
}
