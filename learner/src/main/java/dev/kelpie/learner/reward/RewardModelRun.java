package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.algorithms.score.ScoreReport;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.learner.reward.RewardModelTrainer.Member;
import dev.kelpie.learner.reward.RewardModelTrainer.Trained;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The training of a reward model, or of an ensemble of them that differ by their seeds: one folder
 * for each, and {@code reward-model.json} with what they were trained on and how they rank held-out
 * pairs.
 */
public final class RewardModelRun {
  private final Experiment experiment;
  private final RewardPairs pairs;
  private final ScoreLoss loss;
  private final int pad;
  private final PairFiles files;
  private final Optional<FreshPairs> fresh;

  /**
   * The data files.
   *
   * @param rows of the file of pairs
   * @param heldOut of a file of held-out pairs; empty if there is none
   * @param strength of the pairs, if it is measured
   */
  public record PairFiles(
      String path,
      String sha256,
      int rows,
      Optional<HeldOutFile> heldOut,
      Optional<MeasuredPairs.Summary> strength) {}

  /** A file of held-out pairs. */
  public record HeldOutFile(String path, String sha256, int rows) {}

  /**
   * A model that was trained, or stopped.
   *
   * @param steps updates that it has had
   * @param report on the held-out pairs; empty if there are none, or it was stopped
   */
  public record Result(
      int number, long seed, Path folder, int steps, Optional<ScoreReport> report) {}

  /**
   * All results.
   *
   * @param finished whether every model was trained to its end
   * @param together report on the mean score of several models
   */
  public record Results(boolean finished, List<Result> models, Optional<ScoreReport> together) {
    public Results {
      models = List.copyOf(models);
    }
  }

  /**
   * A training.
   *
   * @param fresh pairs of responses of a policy, if each update has an inner step on some
   */
  public RewardModelRun(
      Experiment experiment,
      RewardPairs pairs,
      ScoreLoss loss,
      int pad,
      PairFiles files,
      Optional<FreshPairs> fresh) {
    this.fresh = fresh;
    this.experiment = experiment;
    this.pairs = pairs;
    this.loss = loss;
    this.pad = pad;
    this.files = files;
  }

  /** Updates of each model. */
  public int steps() {
    return RewardModelTrainer.steps(experiment.rewardModel(), pairs);
  }

  /** What is trained on what, for the user. */
  public String words() {
    RewardPairs.Counts counts = pairs.counts();
    return String.format(
        Locale.ROOT,
        "%d pairs of %d prompts to train on, %d pairs of %d prompts held out%s; %d updates of %d"
            + " pairs%s",
        counts.trainingPairs(),
        counts.trainingPrompts(),
        counts.heldOutPairs(),
        counts.heldOutPrompts(),
        counts.equal() == 0
            ? ""
            : ", " + counts.equal() + " left out because both responses have the same tokens",
        steps(),
        experiment.rewardModel().batchSize(),
        experiment.rewardModel().ensemble() == 1
            ? ""
            : " for each of " + experiment.rewardModel().ensemble() + " models");
  }

  /** The folder of model {@code number} of those in {@code folder}. */
  public static Path member(Path folder, int number, int ensemble) {
    return ensemble == 1 ? folder : folder.resolve("member-" + number);
  }

  /**
   * Trains all models and writes them to {@code folder}.
   *
   * @param resume whether a stopped training continues; otherwise there must be none
   */
  public Results train(Path folder, boolean resume, RewardModelListener listener) {
    int ensemble = experiment.rewardModel().ensemble();
    List<Result> results = new ArrayList<>();
    List<List<ScoreReport.Pair>> scores = new ArrayList<>();
    boolean finished = true;
    List<TrainingState> states = new ArrayList<>();
    for (int number = 1; number <= ensemble; number++) {
      states.add(state(folder, number));
    }
    if (!resume) {
      RewardModelFile.delete(folder, states);
    }
    for (int number = 1; number <= ensemble && finished; number++) {
      Member member = member(folder, number);
      TrainingState state = states.get(number - 1);
      Trained trained =
          resume && RewardModelFile.isTrained(folder, number, state)
              ? new Trained(
                  steps(), HeldOutScores.ofFolder(experiment, member.folder(), loss, pairs))
              : RewardModelTrainer.train(
                  experiment, pairs, fresh, loss, pad, member, state, listener);
      finished = trained.steps() == steps();
      List<ScoreReport.Pair> heldOut = trained.heldOut();
      Optional<ScoreReport> report =
          heldOut.isEmpty() ? Optional.empty() : Optional.of(ScoreReport.of(heldOut));
      results.add(new Result(number, member.seed(), member.folder(), trained.steps(), report));
      scores.add(heldOut);
    }
    boolean ranked = finished && ensemble > 1 && !scores.get(0).isEmpty();
    Optional<ScoreReport> together =
        ranked ? Optional.of(ScoreReport.of(means(scores))) : Optional.empty();
    Results all = new Results(finished, results, together);
    if (finished) {
      RewardModelFile.write(
          folder, experiment, pairs.counts(), loss, pad, files, fresh, all, states);
      states.forEach(TrainingState::delete);
    }
    return all;
  }

  private Member member(Path folder, int number) {
    return new Member(
        number,
        experiment.run().seed() + number - 1,
        member(folder, number, experiment.rewardModel().ensemble()));
  }

  private TrainingState state(Path folder, int number) {
    Member member = member(folder, number);
    String data =
        files.sha256()
            + files.heldOut().map(HeldOutFile::sha256).orElse("")
            + files.strength().map(summary -> summary.weights().toString()).orElse("")
            + fresh.map(FreshPairs::sha256).orElse("");
    return new TrainingState(
        member.folder(), TrainingState.fingerprint(experiment, pairs, data, member));
  }

  private static boolean isWritten(Path folder) {
    return Files.exists(folder.resolve("config.json"));
  }

  /** The pairs with the mean of their scores. */
  private static List<ScoreReport.Pair> means(List<List<ScoreReport.Pair>> scores) {
    List<ScoreReport.Pair> means = new ArrayList<>();
    for (int i = 0; i < scores.get(0).size(); i++) {
      int at = i;
      ScoreReport.Pair first = scores.get(0).get(i);
      means.add(
          new ScoreReport.Pair(
              scores.stream().mapToDouble(s -> s.get(at).chosen()).sum() / scores.size(),
              scores.stream().mapToDouble(s -> s.get(at).rejected()).sum() / scores.size(),
              first.chosenLength(),
              first.rejectedLength()));
    }
    return means;
  }

  /**
   * Refuses a {@code folder} that holds models already.
   *
   * @throws ConfigException naming the folder
   */
  public static void requireNew(Path folder, int ensemble) {
    for (int number = 1; number <= ensemble; number++) {
      Path model = member(folder, number, ensemble);
      if (isWritten(model) || Files.exists(model.resolve("model.safetensors"))) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "--out: %s holds a checkpoint (expected: a new folder, or --overwrite)",
                model));
      }
      if (Files.exists(model.resolve("state.json"))) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "--out: %s holds a stopped training (expected: a new folder, --resume or"
                    + " --overwrite)",
                model));
      }
    }
  }
}
