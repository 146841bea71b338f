package dev.kelpie.config.people;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.Optional;

/** The label {@code people}: pairs of a step wait for people, whose answers join a later step. */
public record PeopleOptions(
    @Doc("most pairs that wait at a time; further pairs of a step are not asked about") int waiting,
    @Doc("people that answer a pair before it is trained on") int answers,
    @Doc("steps that a pair waits at most; 0: as long as the run goes on") int maxAge,
    @Doc("most pairs that people are asked about in the whole run; 0: no limit") int budget,
    @Doc(
            "label of pairs that people are not asked about, or have not answered within max-age: a"
                + " type and its options; none: such pairs are left out")
        ConfigBlock fallback,
    @Doc("which pairs of a step people are asked about first") Router router) {
  /** The value of {@code algorithm.label.type}. */
  public static final String TYPE = "people";

  public static final PeopleOptions DEFAULTS =
      new PeopleOptions(
          64, 1, 20, 0, ConfigBlock.empty("algorithm.label.fallback"), Router.DEFAULTS);

  /** Sends the pairs to people whose fallback label is most likely to be wrong. */
  public record Router(
      @Doc(
              "what the error of the fallback label is predicted from: gap, length, or a column of"
                  + " the data; none: pairs are asked about in their order")
          List<String> features,
      @Doc("ridge of the regression: answers that an unknown feature is worth") double ridge) {
    public static final Router DEFAULTS = new Router(List.of(), 1);

    public Router {
      features = List.copyOf(features);
      Require.positive("ridge", ridge);
      Require.that(
          features.stream().distinct().count() == features.size(),
          "features: %s (expected: each once)",
          features);
    }

    /** Whether there is one. */
    public boolean used() {
      return !features.isEmpty();
    }
  }

  public PeopleOptions {
    Require.atLeast("waiting", waiting, 1);
    Require.within("answers", answers, 1, 5);
    Require.atLeast("max-age", maxAge, 0);
    Require.atLeast("budget", budget, 0);
    Require.that(
        !fallback.type().orElse("").equals(TYPE),
        "fallback.type: people (expected: another label, for pairs that people do not answer)");
    Require.that(
        !router.used() || !fallback.values().isEmpty(),
        "router.features: %s (expected: none, because there is no fallback whose errors they"
            + " predict)",
        router.features());
  }

  /** Those of an experiment whose pairs people label; empty of any other. */
  public static Optional<PeopleOptions> of(Experiment experiment) {
    ConfigBlock label = experiment.algorithm().label();
    return label.type().filter(TYPE::equals).map(type -> label.bind(DEFAULTS));
  }
}
