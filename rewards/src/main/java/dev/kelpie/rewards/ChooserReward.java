package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.experience.scoring.TextTemplate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How well a response helps a model to choose between two recorded texts: the log-probability of
 * the row's column {@code chosen} minus that of its column {@code rejected}, both after a text in
 * which the response stands. The reward R_gen of AlignXplore, https://arxiv.org/abs/2505.18071: the
 * response is a description of a user, and the texts are answers that the user liked and disliked.
 * Natural logarithms; a text's log-probability is the sum over its tokens.
 */
public record ChooserReward(Options options) implements Reward {
  private static final Set<String> OWN = Set.of("prompt", "response", "answer");

  /** Options of the type {@code chooser}. */
  public record Options(
      @Doc("name of the model that chooses") String model,
      @Doc("column of the text that it should choose") String chosen,
      @Doc("column of the other text") String rejected,
      @Doc("text before them, with {prompt}, {response}, {answer} and any {COLUMN}")
          String template) {
    public static final Options DEFAULTS = new Options("", "", "", "{prompt}{response}");
  }

  public ChooserReward {
    LogRatioReward.requireModel("model", options.model);
    Require.that(!options.chosen.isEmpty(), "chosen: missing (expected: the name of a column)");
    Require.that(!options.rejected.isEmpty(), "rejected: missing (expected: the name of a column)");
    Require.that(
        TextTemplate.of(options.template).placeholders().contains("response"),
        "template: %s (expected: a text with {response})",
        options.template);
  }

  @Override
  public List<ScoreRequest> requests() {
    return List.of(request(options.chosen), request(options.rejected));
  }

  private ScoreRequest request(String column) {
    return ScoreRequest.ofColumn(options.model, options.template, column);
  }

  @Override
  public Score score(Trajectory trajectory) {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) {
    double chosen = numbers.get(request(options.chosen).name()).sum();
    double rejected = numbers.get(request(options.rejected).name()).sum();
    return new Score((float) (chosen - rejected), Map.of());
  }

  /** Refuses a row that lacks a column, or whose texts are empty. */
  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    for (String column : columns().names()) {
      if (!prompt.metadata().containsKey(column)) {
        throw new RewardException("column " + column + ": none (expected: one in every row)");
      }
    }
    for (String column : List.of(options.chosen, options.rejected)) {
      if (String.valueOf(prompt.metadata().get(column)).isEmpty()) {
        throw new RewardException("column " + column + ": empty (expected: a text to score)");
      }
    }
  }

  @Override
  public MetadataColumns columns() {
    Set<String> columns = new TreeSet<>(TextTemplate.of(options.template).placeholders());
    columns.removeAll(OWN);
    columns.add(options.chosen);
    columns.add(options.rejected);
    return MetadataColumns.of(columns.toArray(String[]::new));
  }

  @Override
  public String version() {
    return "chooser-1 " + options;
  }
}
