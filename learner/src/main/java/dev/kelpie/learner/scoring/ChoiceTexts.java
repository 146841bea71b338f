package dev.kelpie.learner.scoring;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.learner.rows.Collator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The texts that a judge reads of the responses of a unit, each with all of its choices: the text
 * of a response, or of every ordered pair of a group. The choices of a text follow the same tokens,
 * which are computed once.
 */
final class ChoiceTexts {
  private final List<Trajectory> trajectories;
  private final int choices;
  private final int[] first; // of each response, its first text
  private final List<Collator.Item> items = new ArrayList<>();

  /**
   * @param variant variant of the prompt; empty: the prompt itself
   * @param positions most tokens of a text; longer ones are left out
   */
  ChoiceTexts(
      ScoreRequest request,
      List<Trajectory> trajectories,
      ScoredTexts texts,
      String variant,
      int positions) {
    this.trajectories = trajectories;
    this.first = new int[trajectories.size() + 1];
    List<TokenIds> tokens = ChoiceTokens.of(request, texts.tokenizer().orElseThrow(), texts.chat());
    this.choices = tokens.size();
    Map<GroupId, List<Trajectory>> groups = new LinkedHashMap<>();
    trajectories.forEach(
        one -> groups.computeIfAbsent(one.id().group(), id -> new ArrayList<>()).add(one));
    List<GroupId> order = List.copyOf(groups.keySet());
    boolean pairs = request.ofPairs();
    int text = 0;
    for (int i = 0; i < trajectories.size(); i++) {
      Trajectory own = trajectories.get(i);
      first[i] = text;
      List<Trajectory> others =
          pairs ? groups.getOrDefault(own.id().group(), List.of()) : List.of(own);
      for (Trajectory other : others) {
        if (pairs && other.id().equals(own.id())) {
          continue;
        }
        if (!pairs || !other.text().equals(own.text())) {
          TokenIds asked = texts.asked(request, own, other, variant);
          for (int c = 0; c < choices && asked.length() < positions; c++) {
            int group = order.indexOf(own.id().group());
            items.add(new Collator.Item(text * choices + c, group, asked, tokens.get(c)));
          }
        }
        text++;
      }
    }
    first[trajectories.size()] = text;
  }

  /** Each choice after its text; the rows are places among the numbers. */
  List<Collator.Item> items() {
    return items;
  }

  /** Room for the numbers of all texts; those that nothing is written to are not a number. */
  float[] room() {
    float[] numbers = new float[first[trajectories.size()] * choices];
    Arrays.fill(numbers, Float.NaN);
    return numbers;
  }

  /** The numbers of each response. */
  Map<SampleId, PerToken> bySample(float[] numbers) {
    Map<SampleId, PerToken> own = new LinkedHashMap<>();
    for (int i = 0; i < trajectories.size(); i++) {
      own.put(
          trajectories.get(i).id(),
          PerToken.of(Arrays.copyOfRange(numbers, first[i] * choices, first[i + 1] * choices)));
    }
    return own;
  }
}
