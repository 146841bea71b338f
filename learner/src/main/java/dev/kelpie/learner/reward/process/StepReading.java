package dev.kelpie.learner.reward.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.score.SteppedResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads rows of a list of steps and a list of labels, as TRL's stepwise data sets have them: {@code
 * {"prompt", "completions": [...], "labels": [true, ...]}}.
 *
 * @param options names the columns and the separator
 * @param tokenizer encodes steps
 * @param positions of the model
 */
record StepReading(RewardModelOptions options, Tokenizer tokenizer, int positions) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The steps of a row.
   *
   * @throws ConfigException if a column is missing or is no such list, or all is too long
   */
  StepRow of(Prompt row) {
    List<String> steps = new ArrayList<>();
    for (JsonNode step : list(row, options.completions())) {
      if (!step.isTextual()) {
        throw wrong(options.completions(), step.toString(), "a list of texts", row);
      }
      steps.add(step.asText());
    }
    List<Boolean> right = new ArrayList<>();
    for (JsonNode label : list(row, options.labels())) {
      boolean number = label.isInt() && (label.asInt() == 0 || label.asInt() == 1);
      if (!label.isBoolean() && !number) {
        throw wrong(options.labels(), label.toString(), "a list of true and false", row);
      }
      right.add(label.isBoolean() ? label.asBoolean() : label.asInt() == 1);
    }
    if (steps.isEmpty() || steps.size() != right.size()) {
      throw wrong(
          options.labels(),
          right.size() + " labels",
          "one for each of the " + steps.size() + " steps, at least one",
          row);
    }
    SteppedResponse response = response(row, steps);
    Prompt shown = row.under(options.variant());
    int length = shown.tokens().length() + response.tokens().length();
    if (length > positions) {
      throw wrong(
          options.completions(),
          length + " tokens with the prompt",
          "at most the " + positions + " positions of the model",
          row);
    }
    return new StepRow(row.id(), shown.tokens(), response.tokens(), response.ends(), right);
  }

  private SteppedResponse response(Prompt row, List<String> steps) {
    try {
      return SteppedResponse.of(steps, options.separator(), tokenizer);
    } catch (CheckpointException e) {
      throw wrong(
          options.completions(),
          String.valueOf(e.getMessage()),
          "texts that can be written in the policy's tokens",
          row);
    }
  }

  private static JsonNode list(Prompt row, String column) {
    String text = row.metadata().get(column);
    if (text == null) {
      throw wrong(column, "missing", "a list", row);
    }
    try {
      JsonNode list = JSON.readTree(text);
      if (!list.isArray()) {
        throw wrong(column, text, "a list", row);
      }
      return list;
    } catch (JsonProcessingException e) {
      throw wrong(column, text, "a list", row);
    }
  }

  private static ConfigException wrong(String column, String found, String expected, Prompt row) {
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "reward-model.completions: column %s: %s (expected: %s in row %s)",
            column,
            found,
            expected,
            row.id()));
  }
}
