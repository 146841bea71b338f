package dev.kelpie.config.named;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.config.remote.RemoteModelOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * A block of {@code models}: a checkpoint or an iterate of the policy, which computes
 * log-probabilities for rewards, labels, losses or as the reference.
 */
public record ModelOptions(
    @Doc("its checkpoint folder; empty: an iterate of the policy") String path,
    @Doc("current, previous or initial: which iterate of the policy it is; empty: a checkpoint")
        String policy,
    @Doc("variant of the prompt that it scores responses under; empty: the prompt itself")
        String variant,
    @Doc("which label of a classifier is its score, from 0; none: the only one") OptionalInt index,
    @Doc("user that a reward model with a user head scores for, one that it was trained with")
        String user,
    @Doc("column of the rows that names the user instead") String userColumn) {
  private static final List<String> ITERATES = List.of("current", "previous", "initial");

  /** Names of numbers that are not those of a named model. */
  private static final List<String> TAKEN =
      List.of("reference", "policy", "self-certainty", "squares");

  public static final ModelOptions DEFAULTS = new ModelOptions("", "initial", "");

  private static final ModelOptions OF_PATH = new ModelOptions("checkpoint", "", "");

  /** Which iterate of the policy a model is. */
  public enum Iterate {
    /** The version that a step's responses are sampled with. */
    CURRENT,
    /** The version before that one; the initial policy before the first update. */
    PREVIOUS,
    /** The policy that the run starts from. */
    INITIAL
  }

  public ModelOptions {
    Require.that(
        path.isEmpty() || policy.isEmpty(),
        "policy: %s (expected: none, because path = %s; a model is a checkpoint or an iterate of"
            + " the policy)",
        policy,
        path);
    Require.that(
        policy.isEmpty() ? !path.isEmpty() : ITERATES.contains(policy),
        "policy: %s (expected: %s; or a path)",
        policy.isEmpty() ? "missing" : policy,
        NearestName.expectation(policy, ITERATES));
    Require.that(
        index.isEmpty() || policy.isEmpty(),
        "index: %s (expected: none, because policy = %s; the policy is no classifier)",
        index.orElse(0),
        policy);
    Require.that(
        policy.isEmpty() || (user.isEmpty() && userColumn.isEmpty()),
        "user: %s (expected: none, because policy = %s; the policy has no user head)",
        user.isEmpty() ? userColumn : user,
        policy);
    Require.that(
        user.isEmpty() || userColumn.isEmpty(),
        "user: %s (expected: none, because user-column = %s)",
        user,
        userColumn);
    Require.that(index.orElse(0) >= 0, "index: %s (expected: at least 0)", index.orElse(0));
  }

  /** A model that is no classifier of several labels, and has no users. */
  public ModelOptions(String path, String policy, String variant) {
    this(path, policy, variant, OptionalInt.empty(), "", "");
  }

  /** The iterate of the policy that it is; empty for a checkpoint. */
  public Optional<Iterate> iterate() {
    return path.isEmpty()
        ? Optional.of(Iterate.values()[ITERATES.indexOf(policy)])
        : Optional.empty();
  }

  /**
   * The reference of an experiment as a model of its own, for a learner that holds it itself.
   *
   * @throws ConfigException when it is an iterate that no schedule gives
   */
  public static ReferenceOptions asReference(Experiment experiment) {
    ReferenceOptions reference = experiment.reference();
    ModelOptions model = all(experiment).get(reference.model());
    if (model == null) {
      return reference;
    }
    if (model.policy.equals("previous")) {
      throw new ConfigException(
          "reference.model: "
              + reference.model()
              + " (expected: a checkpoint, current or initial, because the loss needs more of the"
              + " reference than log-probabilities of responses)");
    }
    return new ReferenceOptions(
        model.policy.equals("current")
            ? ReferenceOptions.Schedule.PREVIOUS
            : ReferenceOptions.Schedule.FROZEN,
        model.path,
        reference.every(),
        reference.decay(),
        "",
        reference.variant());
  }

  /**
   * The named models of an experiment, in order of their names.
   *
   * @throws ConfigException for a block that is wrong
   */
  public static Map<String, ModelOptions> all(Experiment experiment) {
    Map<String, ModelOptions> models = new TreeMap<>();
    experiment
        .models()
        .forEach(
            (name, block) -> {
              if (TAKEN.contains(name)) {
                throw block.error(
                    "policy",
                    name,
                    "another name than " + name + ", which numbers of the learner have");
              }
              if (RemoteModelOptions.isOne(block)) {
                return; // a model of a server computes no log-probabilities of texts
              }
              if (block.values().isEmpty()) {
                throw block.error("policy", null, String.join(", ", ITERATES) + "; or a path");
              }
              models.put(name, block.bind(block.values().containsKey("path") ? OF_PATH : DEFAULTS));
            });
    return models;
  }
}
