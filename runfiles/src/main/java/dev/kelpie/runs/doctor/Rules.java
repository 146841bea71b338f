package dev.kelpie.runs.doctor;

import static dev.kelpie.runs.doctor.Finding.Level.ALARM;
import static dev.kelpie.runs.doctor.Finding.Level.NOTE;

import dev.kelpie.runs.doctor.Finding.Samples;
import java.util.List;

/** The rules of the doctor. To add one, write its check and add its line. */
final class Rules {
  static final Rule NOT_FINITE =
      new Rule(
          "not-finite",
          ALARM,
          "A loss or gradient is no number, so the update would destroy the weights.",
          List.of("learner.learning-rate", "learner.max-grad-norm", "rollout.precision"),
          Samples.NONE,
          PolicyRules::notFinite);

  /** All rules, the most important first. */
  static final List<Rule> ALL =
      List.of(
          new Rule(
              "over-optimisation",
              ALARM,
              "The policy games the reward: what is trained on rises, what is not tells otherwise.",
              List.of("reward", "algorithm.kl.coef", "checkpoint.best", "gate", "run.steps"),
              Samples.LONGEST,
              OverOptimisation::at),
          NOT_FINITE,
          new Rule(
              "kl-blow-up",
              ALARM,
              "The policy moves further than its updates are made for, and may not find back.",
              List.of("learner.learning-rate", "algorithm.kl.coef", "learner.epochs"),
              Samples.HIGHEST_REWARD,
              PolicyRules::klBlowUp),
          new Rule(
              "entropy-collapse",
              ALARM,
              "The policy has become nearly deterministic without a gain, so there is nothing left"
                  + " to choose from.",
              List.of("rollout.temperature", "algorithm.entropy-coef", "learner.learning-rate"),
              Samples.HIGHEST_REWARD,
              PolicyRules::entropyCollapse),
          new Rule(
              "rollout-and-learner-apart",
              ALARM,
              "The learner gives the sampled tokens other log-probabilities than the rollout did,"
                  + " so the update is for another policy.",
              List.of(
                  "rollout.precision",
                  "learner.precision",
                  "async.max-staleness",
                  "algorithm.loss"),
              Samples.NONE,
              PolicyRules::rolloutApart),
          new Rule(
              "mostly-clipped",
              ALARM,
              "Most tokens have left the range of the loss and teach nothing more.",
              List.of("learner.learning-rate", "learner.epochs", "algorithm.loss.clip-high"),
              Samples.NONE,
              PolicyRules::mostlyClipped),
          new Rule(
              "never-clipped",
              ALARM,
              "The updates hardly move the policy.",
              List.of("learner.learning-rate", "learner.max-grad-norm", "learner.epochs"),
              Samples.NONE,
              PolicyRules::neverClipped),
          new Rule(
              "reward-failures",
              ALARM,
              "Responses whose reward fails are not trained on, so the rest is another choice than"
                  + " the policy's.",
              List.of("reward", "data.answer"),
              Samples.FAILED,
              RewardRules::failures),
          new Rule(
              "reward-without-change",
              ALARM,
              "A reward that is the same for every response teaches nothing.",
              List.of("reward", "data.answer", "rollout.max-new-tokens"),
              Samples.HIGHEST_REWARD,
              RewardRules::withoutChange),
          new Rule(
              "groups-without-spread",
              ALARM,
              "Groups whose responses have equal rewards have advantage 0 and teach nothing: the"
                  + " prompts are too hard, too easy or too similar.",
              List.of("rollout.group-size", "rollout.temperature", "algorithm.dynamic-sampling"),
              Samples.HIGHEST_REWARD,
              RewardRules::groupsWithoutSpread),
          new Rule(
              "skipped-steps",
              ALARM,
              "Steps without a pair leave the weights as they are and cost as much.",
              List.of("algorithm.pairing", "rollout.group-size", "rollout.temperature"),
              Samples.HIGHEST_REWARD,
              PolicyRules::skippedSteps),
          new Rule(
              "truncated-responses",
              ALARM,
              "Responses that are cut off are scored without their end.",
              List.of("rollout.max-new-tokens", "algorithm.overlong", "reward"),
              Samples.TRUNCATED,
              RewardRules::truncated),
          new Rule(
              "length-growth",
              ALARM,
              "The reward is had by length alone, so length is what is learned.",
              List.of("reward", "algorithm.aggregation", "algorithm.overlong"),
              Samples.LONGEST,
              RewardRules::lengthGrowth),
          new Rule(
              "chosen-likelihood-falls",
              ALARM,
              "The policy also unlearns the responses that it should prefer.",
              List.of("learner.learning-rate", "algorithm.loss.beta", "algorithm.terms"),
              Samples.NONE,
              PairRules::chosenFalls),
          new Rule(
              "ranking-below-chance",
              ALARM,
              "The policy prefers the rejected responses: sides may be swapped, or the step size"
                  + " too large.",
              List.of("data.form", "algorithm.label", "learner.learning-rate"),
              Samples.NONE,
              PairRules::rankedWrong),
          new Rule(
              "value-explains-nothing",
              ALARM,
              "The value function predicts no return, so advantages are as noisy as without it.",
              List.of("value.learning-rate", "value.warmup-steps", "value.coef"),
              Samples.NONE,
              PolicyRules::valuesExplainNothing),
          new Rule(
              "loss-is-zero",
              NOTE,
              "The loss is 0 and that is right, because the advantages are centred and the ratios"
                  + " are 1 at an update by the policy's own samples: its value cancels, its"
                  + " gradient does not.",
              List.of(),
              Samples.NONE,
              PolicyRules::lossIsZero));

  private Rules() {}
}
