package dev.kelpie.actors;

import akka.actor.typed.Behavior;
import dev.kelpie.actors.telemetry.LiveRunView;
import dev.kelpie.actors.work.FileExchange;
import dev.kelpie.actors.work.ReferenceJob;
import dev.kelpie.actors.work.RolloutJob;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.Failure;
import dev.kelpie.rewards.ConnectedReward;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.group.GroupScoring;
import dev.kelpie.runs.RunSummary;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * What a process holds on to while actor systems come and go.
 *
 * @param contact called when the coordinator is found
 * @param ended called once, with how the run ended
 */
record NodeResources(
    RunSetup setup,
    FileExchange bulk,
    List<RolloutJob> rollouts,
    Optional<Reward> reward,
    Optional<ReferenceJob> scoring,
    Optional<LearnerResources> learner,
    Runnable contact,
    Consumer<RunSummary> ended)
    implements AutoCloseable {
  private static final int REWARD_WORKERS = 4;

  /** Host and port of the learner's node. */
  String seed() {
    return setup.experiment().cluster().seed();
  }

  /**
   * Opens what the roles of this process need.
   *
   * @throws RuntimeException when the run folder or a port cannot be used
   */
  static NodeResources open(
      RunSetup setup,
      LiveRunView view,
      InstantSource time,
      Runnable contact,
      Consumer<RunSummary> ended) {
    FileExchange bulk = FileExchange.start(setup.experiment().cluster(), setup.folder());
    try {
      return open(setup, bulk, view, time, contact, ended);
    } catch (RuntimeException e) {
      bulk.close();
      throw e;
    }
  }

  private static NodeResources open(
      RunSetup setup,
      FileExchange bulk,
      LiveRunView view,
      InstantSource time,
      Runnable contact,
      Consumer<RunSummary> ended) {
    // What may be wrong in a run folder is found before engines and models are opened.
    Optional<LearnerResources> learner =
        setup.has(Role.LEARNER)
            ? Optional.of(LearnerResources.open(setup, bulk, view, time))
            : Optional.empty();
    List<RolloutJob> rollouts = new ArrayList<>();
    if (setup.has(Role.ROLLOUT)) {
      for (int i = 0; i < setup.experiment().rollout().workers(); i++) {
        rollouts.add(new RolloutJob(setup.engines(), bulk, setup.folder()));
      }
    }
    Optional<Reward> reward =
        setup.has(Role.REWARD) ? Optional.of(setup.reward().get()) : Optional.empty();
    Optional<ReferenceJob> scoring =
        setup
            .scorer()
            .filter(scorer -> setup.has(Role.SCORING))
            .map(
                scorer ->
                    new ReferenceJob(
                        scorer.open(), bulk, setup.folder(), !setup.has(Role.LEARNER)));
    return new NodeResources(setup, bulk, rollouts, reward, scoring, learner, contact, ended);
  }

  /**
   * The reward workers of this process by name, if it has any.
   *
   * @param setups makes the setup of the worker of a name
   */
  Map<String, Behavior<RewardWorker.Command>> rewardWorkers(Function<String, WorkerSetup> setups) {
    Map<String, Behavior<RewardWorker.Command>> workers = new LinkedHashMap<>();
    reward.ifPresent(
        scores -> {
          Experiment experiment = setup.experiment();
          Optional<GroupScoring> group =
              GroupScoring.of(experiment)
                  .map(
                      scoring ->
                          scores instanceof ConnectedReward connected
                              ? scoring.connect(connected.connections())
                              : scoring);
          for (int i = 1; i <= REWARD_WORKERS; i++) {
            RewardWorker.Setup made =
                new RewardWorker.Setup(
                    setups.apply("reward-" + i),
                    scores,
                    group,
                    Members.of(experiment).byName().keySet(),
                    experiment.cluster().rewardTimeout(),
                    REWARD_WORKERS,
                    bulk);
            workers.put("reward-" + i, RewardWorker.create(made));
          }
        });
    return workers;
  }

  /** Closes engines, models and files; waits for the work at hand. */
  @Override
  public void close() {
    // Requests to servers end first, so that nothing waits for them.
    reward
        .filter(ConnectedReward.class::isInstance)
        .ifPresent(connected -> close((ConnectedReward) connected));
    Stream.<AutoCloseable>concat(
            Stream.concat(rollouts.stream(), scoring.stream()),
            learner.stream().flatMap(opened -> Stream.of(opened.trainer(), opened.log())))
        .forEach(NodeResources::close);
    bulk.close();
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      LoggerFactory.getLogger(NodeResources.class)
          .warn("cannot close {}: {}", resource, Failure.line(e));
    }
  }
}
