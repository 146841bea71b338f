package dev.kelpie.learner.people;

import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.Require;
import dev.kelpie.config.people.PeopleOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import java.util.Optional;
import java.util.Set;

/** Checks of experiments whose pairs people label. */
public final class PeopleChecks {
  private static final String PEOPLE = "algorithm.label.type = people";
  private static final Set<String> NUMBERS = Set.of(AnnotationRouter.GAP, AnnotationRouter.LENGTH);

  private PeopleChecks() {}

  /**
   * Checks what answers that come after their step need.
   *
   * @param otherRows a term that is not over the pairs or their sides; empty without one
   * @param gold whether the loss learns a third response of each pair
   */
  public static void check(Experiment experiment, Optional<String> otherRows, boolean gold) {
    Optional<PeopleOptions> people = PeopleOptions.of(experiment);
    if (people.isEmpty()) {
      return;
    }
    AlgorithmOptions algorithm = experiment.algorithm();
    Require.that(
        experiment.async().maxStaleness() == 0,
        "async.max-staleness: %s (expected: 0, because %s: a step that is done anew after a kill"
            + " must have the pairs that people have judged)",
        experiment.async().maxStaleness(),
        PEOPLE);
    Require.that(
        experiment.iterations().equals(IterationOptions.DEFAULTS),
        "iterations: set (expected: none, because %s: answers join the step after they come)",
        PEOPLE);
    Require.that(
        !algorithm.dynamicSampling().enabled(),
        "algorithm.dynamic-sampling.enabled: true (expected: false, because %s, whatever the"
            + " rewards of a group)",
        PEOPLE);
    String select = algorithm.select().type().orElse("all");
    Require.that(
        select.equals("all"),
        "algorithm.select.type: %s (expected: all, because %s; algorithm.pairing chooses what"
            + " people are asked about)",
        select,
        PEOPLE);
    Require.that(
        algorithm.kl().coef() == 0,
        "algorithm.kl.coef: %s (expected: 0, because %s: responses of earlier steps join with their"
            + " pairs alone)",
        algorithm.kl().coef(),
        PEOPLE);
    Require.that(
        otherRows.isEmpty(),
        "algorithm.terms.%s: other responses (expected: pairs, chosen or rejected, because %s:"
            + " responses of earlier steps join with their pairs alone)",
        otherRows.orElse(""),
        PEOPLE);
    Require.that(
        !gold,
        "algorithm.loss.type: %s (expected: a loss over two responses, because %s)",
        algorithm.loss().type().orElse(""),
        PEOPLE);
  }

  /** Refuses a prompt whose row lacks a column that the router reads. */
  public static void requireColumns(Experiment experiment, Prompt prompt) {
    for (String feature :
        PeopleOptions.of(experiment).orElse(PeopleOptions.DEFAULTS).router().features()) {
      Require.that(
          NUMBERS.contains(feature) || prompt.metadata().containsKey(feature),
          "algorithm.label.router.features: %s (expected: gap, length or a column of the row, %s)",
          feature,
          prompt.metadata().isEmpty()
              ? "which has no further ones"
              : NearestName.expectation(feature, prompt.metadata().keySet()));
    }
  }

  /** The columns of the data that the router reads. */
  public static MetadataColumns columns(Experiment experiment) {
    MetadataColumns all = MetadataColumns.NONE;
    for (String feature :
        PeopleOptions.of(experiment).orElse(PeopleOptions.DEFAULTS).router().features()) {
      if (!NUMBERS.contains(feature)) {
        all = all.and(MetadataColumns.of(feature));
      }
    }
    return all;
  }
}
