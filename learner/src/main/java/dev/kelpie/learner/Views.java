package dev.kelpie.learner;

import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ShownResponse;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.rows.View;
import dev.kelpie.model.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Responses under other prompts than their own: prompts that show a response, for losses over pairs
 * that improve one, and prompts with principles, for losses that compare them.
 */
final class Views {
  private final StepRows rows;
  private final Supplier<Tokenizer> tokenizer;

  Views(StepRows rows, Supplier<Tokenizer> tokenizer) {
    this.rows = rows;
    this.tokenizer = tokenizer;
  }

  /** The rows of both responses of a pair where the prompt shows either of them. */
  void ofPair(StepPairs.Pair pair, ShownResponse shown) {
    for (int response : List.of(pair.chosen(), pair.rejected())) {
      for (int inPrompt : List.of(pair.chosen(), pair.rejected())) {
        rows.view(new View(response, inPrompt), () -> showing(inPrompt, shown));
      }
    }
  }

  private TokenIds showing(int row, ShownResponse shown) {
    Trajectory trajectory = rows.row(row).trajectory();
    int length = trajectory.response().length();
    boolean ended = trajectory.finishReason() == FinishReason.STOP;
    return joined(
        trajectory.prompt().tokens(),
        encoded(shown.before()),
        trajectory.response().slice(0, ended ? length - 1 : length),
        encoded(shown.after()));
  }

  private TokenIds encoded(String text) {
    return text.isEmpty() ? TokenIds.empty() : tokenizer.get().encode(text, false);
  }

  private static TokenIds joined(TokenIds... parts) {
    return TokenIds.of(
        List.of(parts).stream().flatMapToInt(part -> IntStream.of(part.toArray())).toArray());
  }

  /**
   * The rows of the matrix of each group: of the i-th principles, then of the j-th response, that
   * response under the prompt with these principles. Groups that do not have a response for each of
   * the principles are left out.
   *
   * @param members the responses that are part of the loss
   */
  List<Integer> matrices(ResponseLoss.Principles principles, Set<Integer> members) {
    TreeMap<Integer, List<Integer>> groups = new TreeMap<>();
    members.stream()
        .sorted()
        .forEach(
            row -> groups.computeIfAbsent(rows.row(row).group(), g -> new ArrayList<>()).add(row));
    List<Integer> made = new ArrayList<>();
    int n = principles.columns().size();
    for (List<Integer> group : groups.values()) {
      List<Optional<TokenIds>> prompts =
          principles.columns().stream().map(column -> withText(column, group, principles)).toList();
      if (group.size() == n && prompts.stream().allMatch(Optional::isPresent)) {
        for (int i = 0; i < n; i++) {
          TokenIds prompt = prompts.get(i).orElseThrow();
          for (int response : group) {
            made.add(rows.view(new View(response, i), () -> prompt));
          }
        }
      }
    }
    return made;
  }

  private Optional<TokenIds> withText(
      String column, List<Integer> group, ResponseLoss.Principles principles) {
    Prompt prompt = rows.row(group.get(0)).trajectory().prompt();
    return Optional.ofNullable(prompt.metadata().get(column))
        .map(text -> tokenizer.get().encode(text + principles.after() + prompt.text(), true));
  }
}
