package dev.kelpie.learner.scoring;

import ai.djl.ndarray.NDArray;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.reward.PreferenceHead;
import dev.kelpie.experience.reward.UserHead;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.learner.Learner;
import dev.kelpie.learner.ReferenceSchedule;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.learner.state.StateFile;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.Parameters;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.architecture.ScoreHead;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.model.score.TokenScores;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.ThreadLanes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/** A model that scores, and how it follows the published versions. */
final class ScoringModel implements AutoCloseable {
  private static final PolicyVersion ANY = new PolicyVersion(0);

  private final ModelSource source;
  private final ReferenceOptions reference;
  private final IterationOptions iterations;
  private final CausalLm model;
  private final Optional<Parameters> next; // of a previous iterate: what it takes over next
  private final Optional<ScoreHead> head; // of a classifier
  private final Optional<UserHead> users; // of one whose scores depend on the user
  private final Optional<PreferenceHead> preferences; // of one that compares two responses
  private final ThreadLanes lanes;
  private final Collator collator;

  /** What is kept of a model that never moves. */
  private final Optional<KeptLogprobs> kept;

  private ScoringModel(
      Experiment experiment, ModelSource source, CausalLm model, Optional<LogprobCache> cache) {
    this.source = source;
    this.reference = experiment.reference();
    this.iterations = experiment.iterations();
    this.model = model;
    this.next =
        source.kind() == ModelSource.Kind.PREVIOUS
            ? Optional.of(Parameters.zeros(model.parameters().layout()))
            : Optional.empty();
    next.ifPresent(weights -> weights.load(model.snapshot("policy", ANY)));
    this.head =
        model.config().labels() > 0 && !model.config().labelsTokens()
            ? Optional.of(ScoreHead.open(Path.of(source.path())))
            : Optional.empty();
    this.users = head.isPresent() ? UserHeadFile.read(Path.of(source.path())) : Optional.empty();
    this.preferences =
        head.isPresent() ? PreferenceHeadFile.read(Path.of(source.path())) : Optional.empty();
    this.lanes = ModelPasses.lanes(model.config(), experiment.learner().threads());
    this.collator = Collator.of(experiment.learner(), model.config());
    int threads = experiment.learner().threads() / lanes.count(); // of one operation
    this.kept =
        cache
            .filter(file -> !source.moves())
            .map(
                file ->
                    new KeptLogprobs(
                        file,
                        () ->
                            LogprobKeys.of(
                                model.snapshot("scoring", ANY), model.computation(), threads)));
  }

  /**
   * The model of {@code source}; the caller closes it.
   *
   * @param cache keeps numbers of models that never move, if there is one
   */
  static ScoringModel open(
      Experiment experiment, ModelSource source, Optional<LogprobCache> cache) {
    CausalLm model =
        source.path().isEmpty()
            ? Learner.policy(experiment, Heads.VOCABULARY)
            : open(Path.of(source.path()));
    if (model.config().labels() == 0) { // scores stay float32
      model.multiplyIn(experiment.learner().precision());
    }
    return new ScoringModel(experiment, source, model, cache);
  }

  private static CausalLm open(Path folder) {
    boolean classifier = ModelConfig.open(folder).labels() > 0;
    return CausalLm.open(folder, classifier ? Heads.VALUE : Heads.VOCABULARY);
  }

  /** Tokens that prompt and text may have together. */
  int positions() {
    return model.config().maxPositions();
  }

  /**
   * The numbers of all texts of {@code items} that have a token.
   *
   * @param measure what of each token
   * @param alone whether each group goes through the model by itself, so that how a step is split
   *     into units changes no bit; only then does a group have the same neighbours again
   * @param fromFile the rows whose texts come from files; their log-probabilities are kept
   */
  Lookups score(
      List<Collator.Item> items,
      double temperature,
      ScoreRequest.Measure measure,
      boolean alone,
      IntPredicate fromFile,
      BiConsumer<Integer, PerToken> sink) {
    Require.that(
        model.config().labels() == 0,
        "%s: a %s (expected: a language model, because log-probabilities are asked of it)",
        source.path(),
        model.config().architecture());
    if (measure == ScoreRequest.Measure.CERTAINTY) {
      for (Microbatch batch : alone ? byGroup(items) : collator.microbatches(items)) {
        try (InferenceScope scope = InferenceScope.open()) {
          rows(batch, model.statistics(batch.sequences(), temperature, scope).certainty(), sink);
        }
      }
      return Lookups.NONE;
    }
    if (!alone) {
      compute(collator.microbatches(items), temperature, sink);
      return Lookups.NONE;
    }
    List<Microbatch> batches = byGroup(items);
    if (kept.isEmpty()) {
      compute(batches, temperature, sink);
      return Lookups.NONE;
    }
    return kept.get().score(batches, temperature, fromFile, this::compute, sink);
  }

  /**
   * The numbers of whole texts: none of those without a token, or longer than the positions.
   *
   * @param index which output of a score head
   * @param user whom a user head scores a row for
   * @param alone whether each group goes through the model by itself, so that how a step is split
   *     into units changes no bit
   */
  void scoreTexts(
      List<WholeText> texts,
      ScoreRequest.Measure measure,
      int index,
      IntFunction<String> user,
      boolean alone,
      BiConsumer<Integer, PerToken> sink) {
    TextNumbers numbers = new TextNumbers(model);
    List<WholeText> fitting =
        texts.stream().filter(text -> text.length() > 0 && text.length() <= positions()).toList();
    if (measure == ScoreRequest.Measure.STATE) {
      batches(fitting.stream().map(WholeText::fromFirst).toList(), alone)
          .forEach(batch -> numbers.states(batch, sink));
    } else {
      ScoreHead own = head.orElseThrow();
      List<Microbatch> batches =
          batches(fitting.stream().map(text -> text.upToScore(own)).toList(), alone);
      if (users.isPresent()) {
        batches.forEach(
            batch ->
                numbers.outputs(
                    batch,
                    (row, outputs) -> {
                      double score = users.get().score(floats(outputs), user.apply(row));
                      sink.accept(row, PerToken.of((float) score));
                    }));
      } else {
        batches.forEach(batch -> numbers.scores(batch, measure, index, sink));
      }
    }
  }

  /**
   * The probability of an output at some tokens of each text: none of texts without such a token,
   * or longer than the positions. Each group goes through the model by itself.
   *
   * @param ends the places of these tokens in the text of a row
   * @param index which output of the head
   */
  void scoreSteps(
      List<WholeText> texts,
      IntFunction<List<Integer>> ends,
      int index,
      BiConsumer<Integer, PerToken> sink) {
    List<Collator.Item> items =
        texts.stream()
            .filter(text -> text.tokens().length() > 0 && text.length() <= positions())
            .map(
                text ->
                    new Collator.Item(
                        text.row(),
                        text.group(),
                        text.prefix(),
                        SequenceScore.placed(text.tokens())))
            .toList();
    ModelPasses.score(
        lanes,
        model,
        byGroup(items),
        1,
        (batch, pass) -> {
          List<List<Integer>> places = batch.rows().stream().map(ends::apply).toList();
          float[] outputs = TokenScores.of(batch.sequences(), pass, places);
          int labels = model.config().labels();
          int at = 0;
          for (int b = 0; b < places.size(); b++) {
            float[] steps = new float[places.get(b).size()];
            for (int i = 0; i < steps.length; i++) {
              double[] own = new double[labels];
              for (int label = 0; label < labels; label++) {
                own[label] = outputs[at++];
              }
              steps[i] = (float) TextNumbers.probability(own, index);
            }
            sink.accept(batch.rows().get(b), PerToken.of(steps));
          }
        });
  }

  /**
   * How much better each text is than the one of the same row in {@code others}, by the preference
   * head. Each group goes through the model by itself.
   */
  void scoreGaps(
      List<WholeText> texts, List<WholeText> others, BiConsumer<Integer, PerToken> sink) {
    PreferenceHead compared = preferences.orElseThrow();
    Map<Integer, TokenIds> tokens = new HashMap<>();
    texts.forEach(text -> tokens.put(text.row(), text.tokens()));
    Set<Integer> same = new HashSet<>(); // rows of equal texts, whose gap is 0 to the bit
    for (WholeText other : others) {
      if (tokens.getOrDefault(other.row(), TokenIds.empty()).equals(other.tokens())) {
        same.add(other.row());
      }
    }
    Map<Integer, float[]> first = vectors(texts);
    Map<Integer, float[]> second = vectors(others);
    first.forEach(
        (row, vector) -> {
          float[] other = second.get(row);
          if (other != null) {
            double odds = same.contains(row) ? 0 : compared.logOdds(vector, other);
            sink.accept(row, PerToken.of((float) odds));
          }
        });
  }

  private Map<Integer, float[]> vectors(List<WholeText> texts) {
    TextNumbers numbers = new TextNumbers(model);
    ScoreHead own = head.orElseThrow();
    List<Collator.Item> items =
        texts.stream()
            .filter(text -> text.length() > 0 && text.length() <= positions())
            .map(text -> text.upToScore(own))
            .toList();
    Map<Integer, float[]> vectors = new LinkedHashMap<>();
    byGroup(items)
        .forEach(
            batch -> numbers.outputs(batch, (row, outputs) -> vectors.put(row, floats(outputs))));
    return vectors;
  }

  static float[] floats(double[] numbers) {
    float[] all = new float[numbers.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) numbers[i];
    }
    return all;
  }

  /** All outputs of the score head for whole texts: none of those longer than the positions. */
  void outputs(List<WholeText> texts, BiConsumer<Integer, double[]> sink) {
    TextNumbers numbers = new TextNumbers(model);
    ScoreHead own = head.orElseThrow();
    List<Collator.Item> fitting =
        texts.stream()
            .filter(text -> text.length() <= positions())
            .map(text -> text.upToScore(own))
            .toList();
    batches(fitting, false).forEach(batch -> numbers.outputs(batch, sink));
  }

  private void compute(
      List<Microbatch> batches, double temperature, BiConsumer<Integer, PerToken> sink) {
    ModelPasses.score(
        lanes, model, batches, temperature, (batch, pass) -> rows(batch, pass.logprobs(), sink));
  }

  /** The rows of {@code numbers} [B, R] without what is beyond their tokens. */
  private static void rows(Microbatch batch, NDArray numbers, BiConsumer<Integer, PerToken> sink) {
    float[] all = numbers.toFloatArray();
    int width = batch.sequences().width();
    for (int b = 0; b < batch.rows().size(); b++) {
      int length = batch.sequences().rows().get(b).response().length();
      float[] row = new float[length];
      System.arraycopy(all, b * width, row, 0, length);
      sink.accept(batch.rows().get(b), PerToken.of(row));
    }
  }

  private List<Microbatch> batches(List<Collator.Item> items, boolean alone) {
    return alone ? byGroup(items) : collator.withOneLane().microbatches(items);
  }

  private List<Microbatch> byGroup(List<Collator.Item> items) {
    Map<Integer, List<Collator.Item>> groups = new LinkedHashMap<>();
    items.forEach(item -> groups.computeIfAbsent(item.group(), g -> new ArrayList<>()).add(item));
    Collator alone = collator.withOneLane();
    return groups.values().stream().flatMap(group -> alone.microbatches(group).stream()).toList();
  }

  /** Follows a published version; whether the weights have changed. */
  boolean observe(WeightSnapshot published) {
    long version = published.version().number();
    if (version == 0) {
      return false; // version 0 is the start, which the model is or was told to differ from
    }
    return switch (source.kind()) {
      case CHECKPOINT, INITIAL -> false;
      case CURRENT -> iterations.startsFrom(version) && load(published);
      case PREVIOUS -> {
        if (!iterations.startsFrom(version)) {
          yield false;
        }
        Parameters newest = next.orElseThrow();
        model.parameters().load(newest.snapshot("policy", ANY, name -> true));
        newest.load(published);
        yield true;
      }
      case REFERENCE -> ReferenceSchedule.follow(model, reference, iterations, published);
    };
  }

  private boolean load(WeightSnapshot published) {
    model.parameters().load(published);
    return true;
  }

  /** Writes what published versions have changed into {@code folder}. */
  void save(Path folder) throws IOException {
    if (source.moves()) {
      StateFile.write(folder.resolve(source.kind().file()), parts());
    }
  }

  /** Restores what {@link #save} has written. */
  void restore(Path folder) {
    if (source.moves()) {
      StateFile.read(folder.resolve(source.kind().file()), parts());
    }
  }

  private Map<String, StateFile.Part> parts() {
    Map<String, StateFile.Part> parts = new LinkedHashMap<>();
    String prefix = source.kind() == ModelSource.Kind.REFERENCE ? "reference" : "model";
    parts.put(prefix, StateFile.Part.all(model.parameters()));
    next.ifPresent(weights -> parts.put("next", StateFile.Part.all(weights)));
    return parts;
  }

  @Override
  public void close() {
    model.close();
    next.ifPresent(Parameters::close);
    lanes.close();
  }
}
