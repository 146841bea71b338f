package dev.kelpie.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Training of a reward model, by {@code kelpie reward-model}. */
public record RewardModelOptions(
    @Doc("optimizer updates; 0: as many as epochs asks for") int steps,
    @Doc("passes over the training pairs, where steps = 0") double epochs,
    @Doc("pairs per update") int batchSize,
    @Doc("the loss: a type, bradley-terry if there is none, and its options") ConfigBlock loss,
    @Doc("variant of the prompts that the model sees; empty: the prompts themselves")
        String variant,
    @Doc(
            "rewards whose weights are learned, by their names; none: a language model with a score"
                + " head is trained")
        List<String> features,
    @Doc(
            "column that names the source of a pair; the gradients of the sources are combined so"
                + " that no source's loss rises; empty: one loss for all pairs")
        String sourceColumn,
    @Doc(
            "column with a list of the steps of a response; a process reward model is trained on"
                + " them instead of pairs; empty: pairs")
        String completions,
    @Doc("column with a list that says of each step whether it is right") String labels,
    @Doc("text behind each step, at whose end the step is judged") String separator,
    Strength strength,
    Meta meta,
    @Doc("number of models; each has a seed of its own, run.seed and those after it") int ensemble,
    @Doc("share of the prompts whose pairs are held out, where eval.pairs-path is empty")
        double heldOut,
    @Doc("standard deviation of the score head at the start, drawn by the seed; 0: it starts at 0")
        double headStd,
    @Doc("updates between two measurements of the held-out pairs; 0: only after the last")
        int evalEvery,
    @Doc("updates between two saved states; 0: only when it is stopped") int saveEvery) {
  public static final RewardModelOptions DEFAULTS =
      new RewardModelOptions(
          0,
          1,
          32,
          ConfigBlock.empty("reward-model.loss"),
          "",
          List.of(),
          "",
          "",
          "labels",
          "\n",
          Strength.DEFAULTS,
          Meta.DEFAULTS,
          1,
          0.05,
          0,
          0,
          0);

  private static final int MOST_MODELS = 64;

  public RewardModelOptions {
    features = List.copyOf(features);
    Require.that(
        Set.copyOf(features).size() == features.size(),
        "features: %s (expected: each name once)",
        features);
    Require.that(
        features.isEmpty()
            || (steps == 0
                && epochs == 1
                && batchSize == 32
                && variant.isEmpty()
                && sourceColumn.isEmpty()
                && completions.isEmpty()
                && !strength.used()
                && !meta.used()
                && ensemble == 1
                && headStd == 0
                && evalEvery == 0
                && saveEvery == 0
                && loss.values().isEmpty()),
        "features: %s (expected: none, or no other key of the block but held-out)",
        features);
    Require.that(
        completions.isEmpty()
            || (ensemble == 1 && sourceColumn.isEmpty() && loss.values().isEmpty()),
        "completions: %s (expected: no value, or no loss, source-column and ensemble, because a"
            + " process reward model has one loss)",
        completions);
    Require.that(
        completions.isEmpty() || !(strength.used() || meta.used()),
        "completions: %s (expected: no value, or no strength and meta, which are of pairs)",
        completions);
    Require.that(
        sourceColumn.isEmpty() || !meta.used(),
        "source-column: %s (expected: no value, because of meta)",
        sourceColumn);
    Require.that(!separator.isEmpty(), "separator: empty (expected: a text)");
    Require.atLeast("steps", steps, 0);
    Require.positive("epochs", epochs);
    Require.that(
        steps == 0 || epochs == 1, "epochs: %s (expected: no value, because of steps)", epochs);
    Require.atLeast("batch-size", batchSize, 1);
    Require.that(
        ensemble >= 1 && ensemble <= MOST_MODELS,
        "ensemble: %s (expected: 1 to %s)",
        ensemble,
        MOST_MODELS);
    Require.that(heldOut >= 0 && heldOut < 1, "held-out: %s (expected: in [0, 1))", heldOut);
    Require.atLeast("head-std", headStd, 0.0);
    Require.atLeast("eval-every", evalEvery, 0);
    Require.atLeast("save-every", saveEvery, 0);
  }

  /** How strongly reward models that are trained already prefer the chosen response of a pair. */
  public record Strength(
      @Doc("reward models by their names in models, at least two; none: no strengths")
          List<String> models,
      @Doc("pairs whose strength is below this are weak") double below,
      @Doc("whether weak pairs are turned round before they are trained on") boolean flip,
      @Doc("column soft-label of weak pairs; that of all others is 1") double label) {
    public static final Strength DEFAULTS = new Strength(List.of(), 0, false, 0.5);

    public Strength {
      models = List.copyOf(models);
      Require.that(
          models.isEmpty() || (models.size() > 1 && Set.copyOf(models).size() == models.size()),
          "models: %s (expected: at least two names, each once, because a spread is measured)",
          models);
      Require.that(Double.isFinite(below), "below: %s (expected: a finite number)", below);
      Require.within("label", label, 0, 1);
      Require.that(
          !flip || label == 0.5,
          "label: %s (expected: no value, because of flip: a pair that is turned is certain)",
          label);
      Require.that(
          !models.isEmpty() || (below == 0 && !flip && label == 0.5),
          "models: none (expected: at least two names, or no other key of the block)");
    }

    /** Whether strengths are measured. */
    public boolean used() {
      return !models.isEmpty();
    }
  }

  /** MetaRM: an inner step on responses of a policy before the gradient of each update. */
  public record Meta(
      @Doc("run folder whose last step has the responses; empty: no inner step") String path,
      @Doc("learning rate of the inner step") double rate,
      @Doc("pairs of responses of an inner step") int batchSize) {
    public static final Meta DEFAULTS = new Meta("", 1e-3, 16);

    public Meta {
      Require.positive("rate", rate);
      Require.atLeast("batch-size", batchSize, 1);
    }

    /** Whether there is an inner step. */
    public boolean used() {
      return !path.isEmpty();
    }
  }

  /**
   * The process reward model, for advantages that need one: trained in every step, by the learner.
   */
  public record InTheLoop(
      @Doc(
              "implicit: a language model of its own, whose log-ratio to the reference is the"
                  + " reward of a token")
          Kind kind,
      @Doc("its checkpoint folder at the start; empty: the policy's start") String path,
      @Doc("peak learning rate") double learningRate,
      @Doc("factor of the log-ratio") double beta,
      @Doc("a response is right where its reward, in [0, 1], is above this") double passAbove) {
    public static final InTheLoop DEFAULTS = new InTheLoop(Kind.NONE, "", 1e-6, 0.05, 0.5);

    public InTheLoop {
      Require.positive("learning-rate", learningRate);
      Require.positive("beta", beta);
      Require.that(
          passAbove >= 0 && passAbove < 1, "pass-above: %s (expected: in [0, 1))", passAbove);
    }

    /** Whether there is such a model. */
    public boolean used() {
      return kind != Kind.NONE;
    }

    /** Where rewards of tokens come from. */
    public enum Kind {
      NONE,
      IMPLICIT
    }
  }

  /**
   * The reward model that is trained in the loop on judgements which arrive while the run goes on.
   */
  public record Online(
      @Doc("the judge: type = judge with its model, template and options; none: no such model")
          ConfigBlock annotator,
      @Doc("factor of the model's probability, which is added to the reward of a response")
          double coef,
      @Doc("checkpoint folder of its trunk at the start; empty: the policy's start") String path,
      @Doc("learning rate") double learningRate,
      @Doc("most judgements of an update") int batchSize,
      @Doc("most texts that wait for a judgement; others are not judged") int queue,
      @Doc("longest time that a step waits for judgements under way; 0s: it never waits")
          Duration patience) {
    public static final Online DEFAULTS =
        new Online(
            ConfigBlock.empty("online-reward.annotator"), 0.5, "", 1e-4, 64, 1024, Duration.ZERO);

    public Online {
      Require.positive("coef", coef);
      Require.positive("learning-rate", learningRate);
      Require.atLeast("batch-size", batchSize, 1);
      Require.atLeast("queue", queue, 1);
      Require.that(!patience.isNegative(), "patience: %s (expected: at least 0s)", patience);
      Require.that(
          used(annotator) || annotator.values().isEmpty(),
          "annotator.type: missing (expected: judge)");
    }

    private static boolean used(ConfigBlock annotator) {
      return annotator.type().isPresent();
    }

    /** Whether there is such a model. */
    public boolean used() {
      return used(annotator);
    }
  }
}
