package dev.kelpie.learner;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.PairRules;
import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptVariant;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.rows.View;
import dev.kelpie.model.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts the sides of a step's pairs under the prompts that {@code algorithm.pairing.variants} name.
 * A response under another prompt is a view of its row.
 */
final class PairSides implements AutoCloseable {
  private final PairRules rules;
  private final boolean chat;
  private final boolean fixedReference;
  private final Path policy;
  private @Nullable Tokenizer tokenizer;

  PairSides(Experiment experiment, PairRules rules) {
    this.rules = rules;
    this.chat = experiment.data().chat();
    this.fixedReference = !experiment.reference().variant().isEmpty();
    this.policy = Path.of(experiment.policy().path());
  }

  /** The pairs with each side under its prompt; the same pairs where no variant is named. */
  StepPairs of(StepRows rows, StepPairs pairs) {
    if (rules.variants().none()) {
      return pairs;
    }
    Map<TokenIds, Integer> prompts = new HashMap<>();
    List<StepPairs.Pair> sides = new ArrayList<>();
    for (StepPairs.Pair pair : pairs.pairs()) {
      Candidate chosen = pair.rows().chosen();
      Candidate rejected = pair.rows().rejected();
      sides.add(under(rows, pair, chosen, rejected, prompts));
      if (rules.goals() == PairRules.Goals.BOTH) {
        sides.add(under(rows, pair, rejected, chosen, prompts));
      }
    }
    return new StepPairs(sides, pairs.source(), rules.variants());
  }

  private StepPairs.Pair under(
      StepRows rows,
      StepPairs.Pair pair,
      Candidate chosen,
      Candidate rejected,
      Map<TokenIds, Integer> prompts) {
    PairRules.Variants variants = rules.variants();
    double goal = chosen.score();
    return new StepPairs.Pair(
        new RowPair(
            side(rows, chosen, variants.chosen(), goal, prompts),
            side(rows, rejected, variants.rejected(), goal, prompts)),
        pair.label(),
        pair.gold(),
        pair.source());
  }

  private Candidate side(
      StepRows rows,
      Candidate member,
      String variant,
      double goal,
      Map<TokenIds, Integer> prompts) {
    if (variant.isEmpty()) {
      return member;
    }
    Prompt own = rows.row(member.row()).trajectory().prompt();
    TokenIds prompt = tokens(own, variant, goal);
    if (prompt.equals(own.tokens())) {
      return member;
    }
    int number = prompts.computeIfAbsent(prompt, tokens -> -1 - prompts.size());
    int view = rows.view(new View(member.row(), number), () -> prompt);
    rows.putReference(
        view, fixedReference ? TrainingBatch.REFERENCE : TrainingBatch.referenceUnder(variant));
    return member.at(view);
  }

  private TokenIds tokens(Prompt prompt, String variant, double goal) {
    PromptVariant shown = prompt.variant(variant);
    return shown.dependsOnScore()
        ? tokenizer().encode(shown.text().replace(PromptVariant.SCORE, written(goal)), !chat)
        : shown.tokens();
  }

  /** A score in a prompt: without a fraction where it has none. */
  static String written(double score) {
    return score == Math.rint(score) && Math.abs(score) < 1e15
        ? String.format(Locale.ROOT, "%d", (long) score)
        : Float.toString((float) score);
  }

  private Tokenizer tokenizer() {
    if (tokenizer == null) {
      tokenizer = Tokenizer.open(policy);
    }
    return tokenizer;
  }

  @Override
  public void close() {
    if (tokenizer != null) {
      tokenizer.close();
    }
  }
}
