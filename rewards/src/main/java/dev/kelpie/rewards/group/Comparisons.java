package dev.kelpie.rewards.group;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.reward.SelfComparison;
import dev.kelpie.rewards.judge.JudgeOptions;
import java.util.Set;

/** All comparisons of the responses of a group, by the name that {@code compare.type} gives. */
public final class Comparisons {
  private Comparisons() {}

  /** The option that every comparison takes beside its own. */
  record Common(
      @Doc("a response against itself: half (counts as 1/2) or exclude") SelfComparison self) {
    static final Common DEFAULTS = new Common(SelfComparison.EXCLUDE);
  }

  /** The catalog. */
  public static Catalog<?> catalog() {
    return comparisons(Set.of());
  }

  /** The defaults of the options that every comparison takes beside those of its type. */
  public static Record commonOptions() {
    return Common.DEFAULTS;
  }

  /**
   * @param scored names of models that are no models of servers, whose log-probabilities judges
   *     read
   */
  private static Catalog<Comparison> comparisons(Set<String> scored) {
    return Catalog.<Comparison>of("comparison")
        .add(
            "judge",
            JudgeOptions.OF_PAIR,
            options ->
                scored.contains(options.model())
                    ? new LogprobComparison(options)
                    : new JudgeComparison(options))
        .add("scores", ScoresComparison.Options.DEFAULTS, ScoresComparison::new)
        .add("votes", VotesComparison.Options.DEFAULTS, VotesComparison::new);
  }

  /** The comparison of an experiment. */
  static Comparison of(Experiment experiment) {
    return comparisons(ModelOptions.all(experiment).keySet())
        .create(experiment.compare(), Catalog.keys(Common.DEFAULTS));
  }

  static SelfComparison self(ConfigBlock block) {
    return block.bindKnown(Common.DEFAULTS).self();
  }
}
