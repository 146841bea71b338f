package dev.kelpie.cli.check;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.algorithms.score.ScoreLosses;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.MixOptions;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.reward.FreshPairs;
import dev.kelpie.learner.reward.MeasuredPairs;
import dev.kelpie.learner.reward.PairReading;
import dev.kelpie.learner.reward.RewardModelRun;
import dev.kelpie.learner.reward.RewardPairs;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.score.PaddingToken;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The inputs of the training of a reward model. Everything a user may have got wrong is read here,
 * before a folder is written.
 *
 * @param pairs the pairs, in the order of their file or run
 * @param heldOut the file of held-out pairs, if the experiment names one
 * @param files what is recorded of them
 * @param fresh pairs of responses of a policy, if the training has inner steps on some
 * @param notes for the user
 * @param opened closed with the inputs
 */
public record RewardModelInputs(
    Experiment experiment,
    PromptSource pairs,
    Optional<JsonlPromptSource> heldOut,
    RewardModelRun.PairFiles files,
    Optional<FreshPairs> fresh,
    ScoreLoss loss,
    int pad,
    List<String> notes,
    List<JsonlPromptSource> opened)
    implements AutoCloseable {
  private static final String VARIANT = "reward-model.variant";
  private static final String PAIRS = "data.path";
  private static final String HELD_OUT = "eval.pairs-path";

  public RewardModelInputs {
    notes = List.copyOf(notes);
    opened = List.copyOf(opened);
  }

  /**
   * Reads and checks what {@code loaded} names.
   *
   * @param options how the data is read
   * @throws dev.kelpie.config.ConfigException on a wrong value
   * @throws dev.kelpie.model.architecture.CheckpointException on a damaged policy
   */
  public static RewardModelInputs open(LoadedExperiment loaded, ReadOptions options) {
    Path policy = RunInputs.policy(loaded);
    Experiment experiment = loaded.experiment();
    ScoreLoss loss = ScoreLosses.of(experiment.rewardModel().loss());
    requireForm(loaded);
    requireOneLabel(loaded, policy);
    requireHead(loaded, policy, loss);
    requireFileOfUsers(loaded, loss);
    PolicyAdapter.requireNone(experiment, "a reward model has none");
    RunInputs.requireWholePolicy(experiment, policy);
    ReadOptions reading = options.withVariants(variant(loaded));
    List<String> notes = new ArrayList<>(PolicyNotes.of(experiment, policy));
    List<JsonlPromptSource> opened = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(policy)) {
      int pad = PaddingToken.of(policy, tokenizer);
      Path path = Path.of(experiment.data().path());
      boolean run = Files.isDirectory(path);
      Optional<JsonlPromptSource> file =
          run ? Optional.empty() : Optional.of(file(loaded, loss, reading, notes));
      file.ifPresent(opened::add);
      Optional<RunPairs> ofRun =
          run ? Optional.of(RunPairs.read(path, tokenizer)) : Optional.empty();
      ofRun
          .filter(pairs -> pairs.undecided() > 0)
          .ifPresent(pairs -> notes.add(undecided(pairs.undecided())));
      Optional<JsonlPromptSource> heldOut =
          RunInputs.heldOutPairs(
              experiment,
              PairReading.of(experiment, loss, pad)
                  .userColumn()
                  .map(MetadataColumns::of)
                  .orElse(MetadataColumns.NONE),
              reading);
      heldOut.ifPresent(opened::add);
      heldOut.ifPresent(source -> Positions.requireResponsesFit(loaded, source, HELD_OUT));
      heldOut.ifPresent(source -> DataNotes.add(experiment, notes, HELD_OUT, source));
      PromptSource rows = file.isPresent() ? file.get() : ofRun.orElseThrow();
      Optional<MeasuredPairs> measured = PairModels.measure(loaded, policy, rows);
      measured.ifPresent(all -> notes.add(PairModels.words(experiment, all)));
      Optional<FreshPairs> fresh = FreshRun.read(loaded, loss, tokenizer, pad);
      PromptSource pairs = measured.isPresent() ? measured.get() : rows;
      RewardModelRun.PairFiles files =
          new RewardModelRun.PairFiles(
              experiment.data().path(),
              file.map(JsonlPromptSource::sha256).or(() -> ofRun.map(RunPairs::sha256)).orElse(""),
              file.isPresent() ? file.get().rows() : (int) pairs.size(),
              heldOut.map(
                  source ->
                      new RewardModelRun.HeldOutFile(
                          experiment.eval().pairsPath(), source.sha256(), source.rows())),
              measured.map(MeasuredPairs::summary));
      return new RewardModelInputs(
          experiment, pairs, heldOut, files, fresh, loss, pad, notes, opened);
    } catch (RuntimeException e) {
      opened.forEach(JsonlPromptSource::close);
      throw e;
    }
  }

  private static JsonlPromptSource file(
      LoadedExperiment loaded, ScoreLoss loss, ReadOptions options, List<String> notes) {
    Experiment experiment = loaded.experiment();
    MetadataColumns columns =
        new MetadataColumns(false, PairReading.of(experiment, loss, 0).columns())
            .and(options.metadata());
    ReadOptions keeping = options.keeping(columns).withVariants(options.variants());
    MixOptions.requireNone(experiment, "kelpie reward-model");
    JsonlPromptSource pairs =
        RunInputs.prompts(experiment, experiment.data().inFileOrder(), keeping);
    try {
      Positions.requireResponsesFit(loaded, pairs, PAIRS);
      DataNotes.add(experiment, notes, PAIRS, pairs);
      return pairs;
    } catch (RuntimeException e) {
      pairs.close();
      throw e;
    }
  }

  /**
   * The variant that {@code reward-model.variant} names, by its name; none if it is empty.
   *
   * @throws dev.kelpie.config.ConfigException if there is none of that name, or a score is its part
   */
  public static Map<String, VariantOptions> variant(LoadedExperiment loaded) {
    Experiment experiment = loaded.experiment();
    String name = experiment.rewardModel().variant();
    if (name.isEmpty()) {
      return Map.of();
    }
    Map<String, VariantOptions> all = VariantOptions.all(experiment);
    VariantOptions found = all.get(name);
    if (found == null) {
      throw loaded.error(
          VARIANT,
          name,
          all.isEmpty()
              ? "a block variants." + name
              : "a name of the block variants, " + NearestName.expectation(name, all.keySet()));
    }
    if (VariantOptions.showsScore(experiment, name)) {
      throw loaded.error(
          VARIANT, name, "a variant without {score}, which is not known to a reward model");
    }
    if (Files.isDirectory(Path.of(experiment.data().path()))) {
      throw loaded.error(
          VARIANT,
          name,
          "no value, because data.path is a run, whose prompts are rendered already");
    }
    return Map.of(name, found);
  }

  private static String undecided(int pairs) {
    return "data.path: " + pairs + " pairs left out, their labels do not know a better";
  }

  private static void requireForm(LoadedExperiment loaded) {
    Experiment experiment = loaded.experiment();
    DataForm form = experiment.data().form();
    if (form != DataForm.PAIRS && form != DataForm.TURNS) {
      throw loaded.error(
          "data.form", form.label(), "pairs or turns, which a reward model learns from");
    }
    double share = experiment.rewardModel().heldOut();
    if (!experiment.eval().pairsPath().isEmpty()
        && share != RewardModelOptions.DEFAULTS.heldOut()) {
      throw loaded.error(
          "reward-model.held-out", share, "no value, because eval.pairs-path names held-out pairs");
    }
  }

  private static void requireOneLabel(LoadedExperiment loaded, Path policy) {
    ModelConfig model = ModelConfig.open(policy);
    if (model.labels() > 1 || model.labelsTokens()) {
      throw loaded.error(
          "policy.path",
          policy,
          String.format(
              Locale.ROOT,
              "a language model, or a reward model with one label; this %s has %d labels",
              model.architecture(),
              model.labels()));
    }
  }

  /** Refuses a start from which the vectors of a preference head cannot be learned. */
  private static void requireHead(LoadedExperiment loaded, Path policy, ScoreLoss loss) {
    if (loss.outputs() == 1) {
      return;
    }
    if (ModelConfig.open(policy).labels() > 0) {
      throw loaded.error(
          "policy.path", policy, "a language model, because the loss has a head of its own");
    }
    double std = loaded.experiment().rewardModel().headStd();
    if (std == 0) {
      throw loaded.error(
          "reward-model.head-std",
          std,
          "above 0, because the loss multiplies vectors, and has no gradient where all are 0");
    }
  }

  /** Refuses the pairs of a run where users or sources are told apart, and both of them. */
  private static void requireFileOfUsers(LoadedExperiment loaded, ScoreLoss loss) {
    String path = loaded.experiment().data().path();
    String sources = loaded.experiment().rewardModel().sourceColumn();
    boolean apart = loss.ofUsers().isPresent() || !sources.isEmpty();
    if (apart && Files.isDirectory(Path.of(path))) {
      throw loaded.error(
          PAIRS,
          path,
          "a file of pairs with users or sources, because the pairs of a run have none");
    }
    if (loss.ofUsers().isPresent() && !sources.isEmpty()) {
      throw loaded.error(
          "reward-model.source-column",
          sources,
          "no value, because the loss tells users apart, whose numbers have no part in gradients"
              + " of sources");
    }
  }

  /**
   * Reads all pairs once and splits them.
   *
   * @throws dev.kelpie.config.ConfigException if both files share a prompt or nothing is left
   */
  public RewardModelRun split() {
    return new RewardModelRun(experiment, splitPairs(), loss, pad, files, fresh);
  }

  /** The pairs that are trained on and those that are held out, likewise. */
  public RewardPairs splitPairs() {
    return RewardPairs.open(experiment, pairs, heldOut.map(PromptSource.class::cast), loss, pad);
  }

  @Override
  public void close() {
    opened.forEach(JsonlPromptSource::close);
  }
}
