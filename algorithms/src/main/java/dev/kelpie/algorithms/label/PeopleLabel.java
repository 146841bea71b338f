package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.config.people.PeopleOptions;
import java.util.List;
import java.util.Optional;

/**
 * The label that people give: the share of their answers that prefer the chosen response. They come
 * after the step, so the learner takes them with a later one; the rule itself labels only what
 * {@code fallback} is for.
 */
record PeopleLabel(PeopleOptions options, Optional<LabelRule> fallback) implements LabelRule {
  PeopleLabel(PeopleOptions options) {
    this(
        options,
        options.fallback().values().isEmpty()
            ? Optional.empty()
            : Optional.of(Labels.catalog().create(options.fallback())));
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return fallback
        .orElseThrow(() -> new IllegalStateException("pairs without an answer of people"))
        .labels(step);
  }

  @Override
  public List<String> models() {
    return fallback.map(LabelRule::models).orElse(List.of());
  }

  @Override
  public boolean readsScores() {
    return options.router().features().contains("gap")
        || fallback.map(LabelRule::readsScores).orElse(false);
  }

  @Override
  public boolean namesWinner() {
    return fallback.map(LabelRule::namesWinner).orElse(true);
  }
}
