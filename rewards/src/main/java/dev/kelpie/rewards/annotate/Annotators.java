package dev.kelpie.rewards.annotate;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.reward.Annotations;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.remote.Connections;
import java.util.Optional;
import java.util.function.Consumer;

/** The annotator of an experiment. */
public final class Annotators {
  private Annotators() {}

  /**
   * Its judge, if there is one.
   *
   * @throws ConfigException if it is wrong
   */
  public static Optional<Judge> judge(Experiment experiment) {
    ConfigBlock block = experiment.onlineReward().annotator();
    if (!experiment.onlineReward().used()) {
      return Optional.empty();
    }
    Optional<Judge> judge = Rewards.remoteJudge(experiment, block);
    if (judge.isEmpty()) {
      throw block.error("type", block.type().orElse(""), "judge, of a model with a url");
    }
    return judge;
  }

  /** The columns that its template shows. */
  public static MetadataColumns columns(Experiment experiment) {
    return judge(experiment)
        .map(judge -> MetadataColumns.of(judge.columns().toArray(String[]::new)))
        .orElse(MetadataColumns.NONE);
  }

  /**
   * The judgements of a run, if something is trained on them. Nothing is sent before the first step
   * offers its responses, or has offered some in an earlier process.
   *
   * @param problems takes a line for people
   */
  public static Optional<Annotations> open(
      Experiment experiment, RunFolder run, Consumer<String> problems) {
    return judge(experiment)
        .map(
            judge ->
                AnnotatorPool.open(
                    experiment.onlineReward(),
                    judge,
                    Connections.open(experiment, Optional.of(run), problems),
                    run,
                    problems));
  }
}
