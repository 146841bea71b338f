package dev.kelpie.learner.scoring;

import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.pairing.PairRules;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.file.Stages;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.learner.TokenChecks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Everything that an experiment has scored by models: which numbers, under which models, and who
 * needs them.
 *
 * @param ofTraining what the update of a step needs: the reference policy, models of labels
 * @param ofRewards what rewards need, of evaluations too
 * @param ofEvaluations what evaluations need beside that
 * @param ofGroups what comparisons of the responses of a step's groups need
 * @param models the named models, in order of their names
 * @param reference how the reference policy is made
 */
public record ScoringPlan(
    List<ScoreRequest> ofTraining,
    List<ScoreRequest> ofRewards,
    List<ScoreRequest> ofEvaluations,
    List<ScoreRequest> ofGroups,
    Map<String, ModelOptions> models,
    ReferenceOptions reference) {
  /** The label of right steps, where wrong ones are 0. */
  private static final int RIGHT = 1;

  public ScoringPlan {
    ofTraining = List.copyOf(ofTraining);
    ofRewards = List.copyOf(ofRewards);
    ofEvaluations = List.copyOf(ofEvaluations);
    ofGroups = List.copyOf(ofGroups);
  }

  /** A plan whose evaluations need no more than the rewards, and groups nothing. */
  public ScoringPlan(
      List<ScoreRequest> ofTraining,
      List<ScoreRequest> ofRewards,
      Map<String, ModelOptions> models,
      ReferenceOptions reference) {
    this(ofTraining, ofRewards, List.of(), List.of(), models, reference);
  }

  /**
   * The plan of an experiment.
   *
   * @param rewards what its rewards ask for
   * @throws IllegalArgumentException for a model that is wrong, unknown or never used
   */
  public static ScoringPlan of(Experiment experiment, List<ScoreRequest> rewards) {
    return of(experiment, rewards, List.of(), List.of());
  }

  /**
   * The same.
   *
   * @param evaluations what its evaluations ask for; may have that of the rewards in it
   * @param groups what its comparisons of groups ask for
   */
  public static ScoringPlan of(
      Experiment experiment,
      List<ScoreRequest> rewards,
      List<ScoreRequest> evaluations,
      List<ScoreRequest> groups) {
    Map<String, ModelOptions> models = ModelOptions.all(experiment);
    ReferenceOptions reference = experiment.reference();
    List<ScoreRequest> more = new ArrayList<>(distinct(evaluations));
    more.removeAll(rewards);
    ScoringPlan plan =
        new ScoringPlan(training(experiment), distinct(rewards), more, groups, models, reference);
    if (!reference.model().isEmpty()) {
      requireKnown("reference.model", reference.model(), models.keySet());
    }
    plan.ofRewards.forEach(request -> requireKnown("reward", request.model(), models.keySet()));
    plan.ofEvaluations.forEach(
        request -> requireKnown("held-out", request.model(), models.keySet()));
    plan.ofGroups.forEach(request -> requireKnown("compare", request.model(), models.keySet()));
    plan.ofTraining.stream()
        .filter(request -> !request.model().isEmpty())
        .forEach(request -> requireKnown("algorithm", request.model(), models.keySet()));
    plan.requireUsed(experiment);
    plan.requireInStep(experiment);
    plan.requireVariants(experiment);
    plan.requireUsedVariants(experiment);
    return plan;
  }

  private static List<ScoreRequest> distinct(Collection<ScoreRequest> requests) {
    return List.copyOf(new LinkedHashSet<>(requests));
  }

  /** What an update needs, each once. */
  private static List<ScoreRequest> training(Experiment experiment) {
    List<ScoreRequest> requests = new ArrayList<>();
    if (AlgorithmChecks.needsReference(experiment)) {
      String model = experiment.reference().model();
      requests.add(new ScoreRequest(TrainingBatch.REFERENCE, model, "", ""));
    }
    AlgorithmOptions algorithm = experiment.algorithm();
    if (algorithm.pairs()) {
      requests.addAll(referenceOfSides(experiment));
      Labelling.of(algorithm.label(), algorithm.weight(), algorithm.margin())
          .models()
          .forEach(model -> requests.add(ScoreRequest.ofResponse(model)));
    }
    TokenChecks.models(experiment).forEach(model -> requests.add(ScoreRequest.ofResponse(model)));
    return distinct(requests);
  }

  /** The reference under the prompts of the sides of pairs. */
  private static List<ScoreRequest> referenceOfSides(Experiment experiment) {
    PairRules.Variants sides =
        PairSelection.of(experiment.algorithm().pairing()).rules().variants();
    if (!AlgorithmChecks.needsReference(experiment)
        || !experiment.reference().variant().isEmpty()) {
      return List.of();
    }
    return Stream.of(sides.chosen(), sides.rejected())
        .filter(variant -> !variant.isEmpty())
        .map(
            variant ->
                new ScoreRequest(
                    TrainingBatch.referenceUnder(variant), experiment.reference().model(), "", ""))
        .toList();
  }

  private static void requireKnown(String key, String name, Set<String> known) {
    if (!known.contains(name)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: model %s (expected: %s)",
              key,
              name,
              expectation("models", name, known)));
    }
  }

  private static String expectation(String block, String name, Set<String> known) {
    return known.isEmpty()
        ? "a block " + block + "." + name
        : "a name of the block " + block + ", " + NearestName.expectation(name, known);
  }

  private void requireUsed(Experiment experiment) {
    Set<String> used = new TreeSet<>();
    all().forEach(request -> used.add(request.model()));
    if (AlgorithmChecks.holdsReference(experiment)) {
      used.add(experiment.reference().model());
    }
    Members.of(experiment).byName().values().forEach(member -> used.add(member.model()));
    models.forEach(
        (name, model) -> {
          if (!used.contains(name)) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "models.%s: never used (expected: a reward, a label or the reference that"
                        + " scores with it, or a member that it samples%s)",
                    name,
                    experiment.reference().model().equals(name)
                        ? "; no loss of this experiment needs a reference"
                        : ""));
          }
        });
  }

  /** An iterate of the policy is that of the step only where the step's samples are of one. */
  private void requireInStep(Experiment experiment) {
    int staleness = experiment.async().maxStaleness();
    models.forEach(
        (name, model) -> {
          if (staleness > 0 && ModelSource.of(model).moves()) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "models.%s.policy: %s (expected: initial, because async.max-staleness = %s:"
                        + " responses of a step are sampled with several versions)",
                    name,
                    model.policy(),
                    staleness));
          }
        });
  }

  private void requireVariants(Experiment experiment) {
    Map<String, String> keys = new TreeMap<>();
    models.forEach((name, model) -> keys.put("models." + name + ".variant", model.variant()));
    keys.put("reference.variant", reference.variant());
    Map<String, MemberOptions> members = Members.of(experiment).byName();
    members.forEach(
        (name, member) -> {
          ModelOptions model = models.get(member.model());
          if (model == null || !model.variant().equals(member.variant())) {
            keys.put("members." + name + ".variant", member.variant());
          }
        });
    keys.forEach(
        (key, variant) -> {
          if (!variant.isEmpty() && !experiment.variants().containsKey(variant)) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "%s: %s (expected: %s)",
                    key,
                    variant,
                    expectation("variants", variant, experiment.variants().keySet())));
          }
          if (VariantOptions.showsScore(experiment, variant)) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "%s: %s (expected: a variant without {score}, which is not known when models"
                        + " %s)",
                    key,
                    variant,
                    key.startsWith("members.") ? "sample" : "score"));
          }
        });
  }

  /** Each variant is that of a model, of the reference, of a member or of a side of pairs. */
  private void requireUsedVariants(Experiment experiment) {
    Set<String> used = new TreeSet<>();
    all().forEach(request -> used.add(variant(request)));
    Members.of(experiment).byName().values().forEach(member -> used.add(member.variant()));
    for (Stages.Stage stage : Stages.of(experiment).all()) {
      AlgorithmOptions algorithm = stage.experiment().algorithm();
      if (algorithm.pairs()) {
        PairRules.Variants sides = PairSelection.of(algorithm.pairing()).rules().variants();
        used.add(sides.chosen());
        used.add(sides.rejected());
      }
    }
    for (String name : VariantOptions.all(experiment).keySet()) {
      if (!used.contains(name)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "variants.%s: never used (expected: a model, the reference, a member or a side of"
                    + " pairs whose variant it is%s)",
                name,
                reference.variant().equals(name)
                    ? "; no loss of this experiment needs a reference"
                    : ""));
      }
    }
  }

  /** All requests, each once. */
  public List<ScoreRequest> all() {
    LinkedHashSet<ScoreRequest> all = new LinkedHashSet<>(ofTraining);
    all.addAll(ofRewards);
    all.addAll(ofEvaluations);
    all.addAll(ofGroups);
    return List.copyOf(all);
  }

  /** What the responses of a unit are scored for. */
  List<ScoreRequest> of(boolean evaluation) {
    LinkedHashSet<ScoreRequest> own = new LinkedHashSet<>(evaluation ? List.of() : ofTraining);
    own.addAll(ofRewards);
    own.addAll(evaluation ? ofEvaluations : ofGroups);
    return List.copyOf(own);
  }

  /** Whether rewards, or the scorers of evaluations, need numbers. */
  public boolean beforeRewards() {
    return !ofRewards.isEmpty() || !ofEvaluations.isEmpty() || !ofGroups.isEmpty();
  }

  /** Whether nothing is scored by a model. */
  public boolean isEmpty() {
    return all().isEmpty();
  }

  /**
   * Which output of a score head a request asks for; 0 where there is one only, and where nothing
   * is said the second one for steps.
   */
  int index(ScoreRequest request) {
    if (request.model().isEmpty()) {
      return 0;
    }
    int absent = request.measure() == ScoreRequest.Measure.STEPS ? RIGHT : 0;
    return model(request.model()).index().orElse(absent);
  }

  /** The user of {@code prompt}, whom a model with a user head scores for; empty without one. */
  String user(ScoreRequest request, Prompt prompt) {
    if (request.model().isEmpty()) {
      return "";
    }
    ModelOptions model = model(request.model());
    return model.userColumn().isEmpty()
        ? model.user()
        : prompt.metadata().getOrDefault(model.userColumn(), "");
  }

  /** The weights that a request is scored with. */
  ModelSource source(ScoreRequest request) {
    return request.model().isEmpty()
        ? ModelSource.ofReference(reference)
        : ModelSource.of(model(request.model()));
  }

  /** The variant of the prompt that a request is scored under; empty: the prompt itself. */
  String variant(ScoreRequest request) {
    if (request.name().equals(TrainingBatch.REFERENCE) && !reference.variant().isEmpty()) {
      return reference.variant();
    }
    String under = TrainingBatch.referenceUnder("");
    if (request.name().startsWith(under)) {
      return request.name().substring(under.length());
    }
    return request.model().isEmpty() ? "" : model(request.model()).variant();
  }

  private ModelOptions model(String name) {
    ModelOptions model = models.get(name);
    if (model == null) {
      throw new IllegalArgumentException("model: " + name + " (expected: one of the experiment)");
    }
    return model;
  }

  /** The weights that all requests need, each once, in a fixed order. */
  Set<ModelSource> sources() {
    Set<ModelSource> sources = new TreeSet<>();
    all().forEach(request -> sources.add(source(request)));
    return sources;
  }

  /**
   * The checkpoint folders of the models that are held in memory, one for each of them; empty for
   * one of the policy's shape.
   */
  public List<String> heldPaths() {
    return sources().stream()
        .flatMap(
            source ->
                Collections.nCopies(
                    source.kind() == ModelSource.Kind.PREVIOUS ? 2 : 1, source.path())
                    .stream())
        .toList();
  }

  /** The key of the experiment by which published versions change a model, if one does. */
  public Optional<String> moves() {
    if (sources().contains(ModelSource.ofReference(reference))
        && ModelSource.ofReference(reference).moves()) {
      return Optional.of(
          "reference.schedule = " + reference.schedule().name().toLowerCase(Locale.ROOT));
    }
    return all().stream()
        .filter(request -> source(request).moves())
        .map(
            request -> "models." + request.model() + ".policy = " + model(request.model()).policy())
        .findFirst();
  }

  /** Whether a named model is changed by published versions. */
  public boolean namedModelMoves() {
    return all().stream()
        .anyMatch(request -> !request.model().isEmpty() && source(request).moves());
  }
}
