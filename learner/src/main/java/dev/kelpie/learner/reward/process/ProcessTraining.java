package dev.kelpie.learner.reward.process;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.optimizer.LearningRate;
import dev.kelpie.learner.reward.PromptKey;
import dev.kelpie.learner.reward.RewardModelFile;
import dev.kelpie.learner.reward.RewardModelListener;
import dev.kelpie.learner.reward.RowOrder;
import dev.kelpie.learner.reward.TrainingState;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.learner.scoring.PreferenceHeadFile;
import dev.kelpie.learner.scoring.UserHeadFile;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.architecture.TokenClassifier;
import dev.kelpie.model.score.TokenScores;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Training of a process reward model: the policy's trunk with a head of two outputs for each token,
 * wrong and right, by the cross-entropy of steps. Rows are held out by their prompts.
 */
public final class ProcessTraining {
  private static final int ROWS_AT_ONCE = 64;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Experiment experiment;
  private final RewardModelOptions options;
  private final PromptSource source;
  private final String data;
  private final StepReading reading;
  private final int[] training;
  private final int[] heldOut;
  private final int steps;

  /**
   * The result.
   *
   * @param finished whether it was trained to its end; else its state was saved
   * @param report on the held-out steps; empty if there are none, or it was stopped
   */
  public record Result(boolean finished, Optional<StepReport> report) {}

  private ProcessTraining(
      Experiment experiment,
      PromptSource source,
      String data,
      StepReading reading,
      int[] training,
      int[] heldOut) {
    this.experiment = experiment;
    this.options = experiment.rewardModel();
    this.source = source;
    this.data = data;
    this.reading = reading;
    this.training = training;
    this.heldOut = heldOut;
    double asked = options.epochs() * training.length / options.batchSize();
    this.steps = options.steps() > 0 ? options.steps() : (int) Math.max(1, Math.ceil(asked));
  }

  /**
   * Reads all rows once and splits them.
   *
   * @param source rows with the columns of steps and labels as metadata
   * @param data hash of its file
   * @param tokenizer encodes steps; used until the training ends
   * @throws ConfigException if a row is wrong, or nothing is left to train on
   */
  public static ProcessTraining open(
      Experiment experiment, PromptSource source, String data, Tokenizer tokenizer) {
    int positions = ModelConfig.open(Path.of(experiment.policy().path())).maxPositions();
    StepReading reading = new StepReading(experiment.rewardModel(), tokenizer, positions);
    long seed = experiment.run().seed();
    List<PromptKey> keys = new ArrayList<>();
    for (long row = 0; row < source.size(); row++) {
      Prompt prompt = source.at(row);
      reading.of(prompt);
      keys.add(PromptKey.of(prompt.tokens(), seed));
    }
    Set<PromptKey> held = PromptKey.heldOut(keys, experiment.rewardModel().heldOut());
    int[] training =
        IntStream.range(0, keys.size()).filter(i -> !held.contains(keys.get(i))).toArray();
    int[] heldOut =
        IntStream.range(0, keys.size()).filter(i -> held.contains(keys.get(i))).toArray();
    if (training.length == 0) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.path: %s: no row to train on, and %d held out (expected: at least one of"
                  + " another prompt)",
              experiment.data().path(),
              heldOut.length));
    }
    return new ProcessTraining(experiment, source, data, reading, training, heldOut);
  }

  /** What is trained on what, for the user. */
  public String words() {
    return String.format(
        Locale.ROOT,
        "%d responses to train on, %d held out; %d updates of %d responses",
        training.length,
        heldOut.length,
        steps,
        options.batchSize());
  }

  /**
   * Trains the model and writes it to {@code folder}; when {@code listener} asks for a stop, its
   * state instead. One that has ended is not made again; its model is measured.
   *
   * @param resume whether a stopped training continues
   * @throws ConfigException if that was a training with other options
   */
  public Result train(Path folder, boolean resume, RewardModelListener listener) {
    TrainingState state =
        new TrainingState(
            folder,
            TrainingState.fingerprint(
                experiment,
                experiment.run().seed(),
                data,
                training.length + " and " + heldOut.length));
    if (!resume) {
      RewardModelFile.delete(folder, List.of(state));
    }
    boolean ended = resume && RewardModelFile.isTrained(folder, 1, state);
    int threads = experiment.learner().threads();
    try (NativeThread thread = NativeThread.start("reward-model", threads)) {
      return thread.call(
          () -> {
            CausalLm model = ended ? open(folder) : start();
            try (ThreadLanes lanes = ModelPasses.lanes(model.config(), threads);
                TrainedModel trained =
                    new TrainedModel("reward_model", model, experiment.learner(), lanes)) {
              return ended
                  ? new Result(true, report(model, lanes, collator(model)))
                  : train(trained, lanes, folder, state, listener);
            }
          });
    }
  }

  private CausalLm start() {
    Path folder = Path.of(experiment.policy().path());
    if (experiment.policy().init() == PolicyOptions.Init.RANDOM) {
      ModelConfig config = ModelConfig.open(folder).withTokenScore(StepObjective.OUTPUTS);
      return CausalLm.random(config, Heads.VALUE, experiment.run().seed());
    }
    return open(folder);
  }

  private static CausalLm open(Path folder) {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      ModelConfig config = checkpoint.config().withTokenScore(StepObjective.OUTPUTS);
      return CausalLm.of(config, Heads.VALUE, checkpoint);
    }
  }

  private Collator collator(CausalLm model) {
    return Collator.of(experiment.learner(), model.config());
  }

  private Result train(
      TrainedModel model,
      ThreadLanes lanes,
      Path folder,
      TrainingState state,
      RewardModelListener listener) {
    long seed = experiment.run().seed();
    if (options.headStd() > 0) {
      model.model().drawScoreHead(options.headStd(), seed);
    }
    Collator collator = collator(model.model());
    RowOrder order = new RowOrder(training, experiment.data().shuffle());
    LearningRate rates =
        new LearningRate(experiment.learner(), experiment.learner().learningRate(), steps);
    int first = state.restore(model);
    for (int step = first + 1; step <= steps; step++) {
      if (listener.stops()) {
        state.save(model, step - 1);
        return new Result(false, Optional.empty());
      }
      List<StepRow> batch = new ArrayList<>();
      for (int i = 0; i < options.batchSize(); i++) {
        long position = (long) (step - 1) * options.batchSize() + i;
        batch.add(reading.of(source.at(order.at(position, seed))));
      }
      Map<String, Double> numbers =
          new LinkedHashMap<>(
              model.step(
                  collator.microbatches(StepObjective.items(batch)),
                  1,
                  rates.at(step - 1),
                  new StepObjective(batch)));
      int every = options.evalEvery();
      if (every > 0 && step % every == 0 && step < steps && heldOut.length > 0) {
        StepReport report = StepReport.of(judged(model.model(), lanes, collator));
        numbers.put("eval/reward_model/accuracy", report.accuracy());
        numbers.put("eval/reward_model/loss", report.loss());
      }
      listener.report(1, step, steps, numbers);
      if (options.saveEvery() > 0 && step % options.saveEvery() == 0 && step < steps) {
        state.save(model, step);
      }
    }
    Optional<StepReport> report = report(model.model(), lanes, collator);
    PreferenceHeadFile.write(folder, Optional.empty());
    UserHeadFile.write(folder, Optional.empty());
    Checkpoint.writeProcessModel(
        folder,
        model.model().snapshot("reward-model", new PolicyVersion(steps)),
        Path.of(experiment.policy().path()),
        StepObjective.OUTPUTS);
    write(folder, state, report);
    state.delete();
    return new Result(true, report);
  }

  private Optional<StepReport> report(CausalLm model, ThreadLanes lanes, Collator collator) {
    return heldOut.length == 0
        ? Optional.empty()
        : Optional.of(StepReport.of(judged(model, lanes, collator)));
  }

  private List<StepReport.Judged> judged(CausalLm model, ThreadLanes lanes, Collator collator) {
    List<StepReport.Judged> judged = new ArrayList<>();
    for (int from = 0; from < heldOut.length; from += ROWS_AT_ONCE) {
      List<StepRow> rows =
          IntStream.range(from, Math.min(heldOut.length, from + ROWS_AT_ONCE))
              .mapToObj(i -> reading.of(source.at(heldOut[i])))
              .toList();
      ModelPasses.score(
          lanes,
          model,
          collator.microbatches(StepObjective.items(rows)),
          1,
          (batch, pass) -> {
            float[] outputs =
                TokenScores.of(batch.sequences(), pass, StepObjective.ends(rows, batch));
            int at = 0;
            for (int row : batch.rows()) {
              for (boolean right : rows.get(row).right()) {
                double odds = (double) outputs[at + 1] - outputs[at];
                judged.add(new StepReport.Judged(odds, right));
                at += StepObjective.OUTPUTS;
              }
            }
          });
    }
    return judged;
  }

  /** Writes {@code reward-model.json}. */
  private void write(Path folder, TrainingState state, Optional<StepReport> report) {
    Path start = Path.of(experiment.policy().path());
    ObjectNode json = JSON.createObjectNode();
    json.put("format", 1);
    json.put("start", start.toString());
    json.put("architecture", TokenClassifier.name(ModelConfig.open(start).architecture()));
    ObjectNode made = json.putObject("training");
    made.put("seed", experiment.run().seed());
    made.put("steps", steps);
    made.put("batch-size", options.batchSize());
    made.put("learning-rate", experiment.learner().learningRate());
    made.put("schedule", experiment.learner().schedule());
    made.put("separator", options.separator());
    ObjectNode rows = json.putObject("data");
    rows.put("path", experiment.data().path());
    rows.put("sha256", data);
    rows.put("training-responses", training.length);
    rows.put("held-out-responses", heldOut.length);
    ObjectNode model = json.putArray("models").addObject();
    model.put("folder", "").put("seed", experiment.run().seed()).put("steps", steps);
    model.put("weights-sha256", RewardModelFile.weights(folder));
    model.put("training-sha256", state.fingerprint());
    report.ifPresent(
        held -> {
          ObjectNode own = json.putObject("held-out");
          own.put("steps", held.steps());
          number(own, "accuracy", held.accuracy());
          number(own, "standard-error", held.standardError());
          number(own, "loss", held.loss());
          number(own, "right-steps-accuracy", held.rightAccuracy());
          number(own, "wrong-steps-accuracy", held.wrongAccuracy());
        });
    RewardModelFile.write(folder, json);
  }

  private static void number(ObjectNode json, String name, double value) {
    if (Double.isFinite(value)) {
      json.put(name, value);
    } else {
      json.putNull(name);
    }
  }
}
