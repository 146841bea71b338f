package dev.kelpie.learner.scoring;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.reward.PreferenceHead;
import dev.kelpie.experience.reward.UserHead;
import dev.kelpie.experience.scoring.ScoreRequest.Measure;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A reward model, or another classifier, that scores the responses that come with prompts. */
public final class Classifier implements AutoCloseable {
  private final NativeThread thread;
  private final ScoringModel model;
  private final int index;
  private final Optional<PreferenceHead> head;
  private final Optional<UserHead> users;

  private Classifier(
      NativeThread thread,
      ScoringModel model,
      int index,
      Optional<PreferenceHead> head,
      Optional<UserHead> users) {
    this.users = users;
    this.thread = thread;
    this.model = model;
    this.index = index;
    this.head = head;
  }

  /**
   * The classifier in {@code folder}; the caller closes it.
   *
   * @param index which label is its score; may be left out where there is one only
   * @throws ConfigException when it is no classifier, or the label is missing or none of its labels
   */
  public static Classifier open(Experiment experiment, Path folder, OptionalInt index) {
    ModelConfig config = ModelConfig.open(folder);
    if (config.labels() == 0 || config.labelsTokens()) {
      throw wrong(
          "%s: a %s (expected: a classifier, ...ForSequenceClassification)",
          folder, config.architecture());
    }
    Optional<PreferenceHead> head = PreferenceHeadFile.read(folder);
    Optional<UserHead> users = UserHeadFile.read(folder);
    if (head.isPresent()) {
      requireOutputs(folder, config, head.get().outputs(), "preference-head.json", index);
    } else if (users.isPresent()) {
      requireOutputs(folder, config, users.get().outputs(), "user-head.json", index);
    } else if (index.isEmpty() && config.labels() > 1) {
      throw wrong(
          "--index: missing (expected: which of the %s labels of %s is its score, from 0)",
          config.labels(), folder);
    }
    if (index.orElse(0) < 0 || index.orElse(0) >= config.labels()) {
      throw wrong("--index: %s (expected: 0 to %s)", index.orElse(0), config.labels() - 1);
    }
    NativeThread thread = NativeThread.start("classifier", experiment.learner().threads());
    try {
      ModelSource source = new ModelSource(ModelSource.Kind.CHECKPOINT, folder.toString());
      ScoringModel model =
          thread.call(() -> ScoringModel.open(experiment, source, Optional.empty()));
      return new Classifier(thread, model, index.orElse(0), head, users);
    } catch (RuntimeException e) {
      thread.close();
      throw e;
    }
  }

  private static void requireOutputs(
      Path folder, ModelConfig config, int outputs, String file, OptionalInt index) {
    if (index.isPresent()) {
      throw wrong(
          "--index: %s (expected: no value, because the outputs of %s are compared as a whole)",
          index.getAsInt(), folder);
    }
    if (outputs != config.labels()) {
      throw wrong(
          "%s: %s of %s outputs (expected: %s, the labels of config.json)",
          folder, file, outputs, config.labels());
    }
  }

  private static ConfigException wrong(String format, Object... values) {
    return new ConfigException(String.format(Locale.ROOT, format, values));
  }

  /**
   * How much better the first response of each prompt is than its second: the difference of their
   * scores, or the log-odds of a preference head; NaN where one of them has no number.
   */
  public double[] margins(List<Prompt> prompts) {
    if (head.isEmpty()) {
      return scores(prompts).stream().mapToDouble(both -> both[0] - both[1]).toArray();
    }
    List<WholeText> texts = new ArrayList<>();
    for (int p = 0; p < prompts.size(); p++) {
      for (int r = 0; r < 2; r++) {
        Prompt prompt = prompts.get(p);
        texts.add(
            new WholeText(texts.size(), p, prompt.tokens(), prompt.responses().get(r).tokens()));
      }
    }
    Map<Integer, float[]> vectors = new HashMap<>();
    thread.call(
        () -> {
          model.outputs(texts, (row, outputs) -> vectors.put(row, ScoringModel.floats(outputs)));
          return true;
        });
    double[] margins = new double[prompts.size()];
    for (int p = 0; p < margins.length; p++) {
      float[] first = vectors.get(2 * p);
      float[] second = vectors.get(2 * p + 1);
      margins[p] = first == null || second == null ? Double.NaN : head.get().logOdds(first, second);
    }
    return margins;
  }

  /**
   * The scores of all responses of {@code prompts}, one list for each prompt; NaN where prompt and
   * response are longer than its positions.
   */
  public List<double[]> scores(List<Prompt> prompts) {
    List<WholeText> texts = new ArrayList<>();
    List<double[]> scores = new ArrayList<>();
    List<int[]> places = new ArrayList<>(); // prompt and response of each text
    for (int p = 0; p < prompts.size(); p++) {
      Prompt prompt = prompts.get(p);
      double[] own = new double[prompt.responses().size()];
      Arrays.fill(own, Double.NaN);
      scores.add(own);
      for (int r = 0; r < own.length; r++) {
        texts.add(
            new WholeText(texts.size(), p, prompt.tokens(), prompt.responses().get(r).tokens()));
        places.add(new int[] {p, r});
      }
    }
    thread.call(
        () -> {
          model.scoreTexts(
              texts,
              Measure.SCORE,
              index,
              row -> user(prompts.get(places.get(row)[0])),
              false,
              (row, number) -> scores.get(places.get(row)[0])[places.get(row)[1]] = number.get(0));
          return true;
        });
    return scores;
  }

  /** The column of rows that names the user whose score counts; empty if there is none. */
  public Optional<String> userColumn() {
    return users.map(UserHead::column);
  }

  private String user(Prompt prompt) {
    if (users.isEmpty()) {
      return "";
    }
    String column = users.get().column();
    String user = prompt.metadata().getOrDefault(column, "");
    if (!users.get().points().containsKey(user)) {
      throw wrong(
          "column %s: %s of row %s (expected: a user that the model was trained with, %s)",
          column,
          user.isEmpty() ? "missing" : user,
          prompt.id(),
          NearestName.ofMany(user, users.get().points().keySet()));
    }
    return user;
  }

  @Override
  public void close() {
    thread.call(
        () -> {
          model.close();
          return true;
        });
    thread.close();
  }
}
