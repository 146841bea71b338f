package dev.kelpie.learner.token;

import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PerToken;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.model.Tokenizer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that an experiment gives single tokens: {@code algorithm.token-weight}, {@code
 * algorithm.kl-weight} and {@code algorithm.token-reward}.
 */
public final class TokenChannel implements AutoCloseable {
  private final Optional<TokenRule> weight;
  private final Optional<TokenRule> klWeight;
  private final Optional<TokenRule> reward;
  private final Path policy;
  private @Nullable Tokenizer opened;

  public TokenChannel(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    this.policy = Path.of(experiment.policy().path());
    this.weight = TokenRules.of(algorithm.tokenWeight(), this::tokenizer);
    this.klWeight = TokenRules.of(algorithm.klWeight(), this::tokenizer);
    this.reward = TokenRules.of(algorithm.tokenReward(), this::tokenizer);
  }

  /** The policy's tokenizer, opened at the first call. */
  private Tokenizer tokenizer() {
    Tokenizer known = opened;
    if (known == null) {
      known = Tokenizer.open(policy);
      opened = known;
    }
    return known;
  }

  /** The same, for rules of further terms. */
  public Supplier<Tokenizer> tokenizers() {
    return this::tokenizer;
  }

  /** Whether a token has a number of its own. */
  public boolean isUsed() {
    return weight.isPresent() || klWeight.isPresent() || reward.isPresent();
  }

  /** Numbers by name that the blocks need. */
  public Set<String> names() {
    Set<String> names = new TreeSet<>();
    for (Optional<TokenRule> rule : List.of(weight, klWeight, reward)) {
      rule.ifPresent(given -> names.addAll(given.names()));
    }
    return names;
  }

  /** Fills the weights of all rows where the experiment has some. */
  public void fill(StepRows rows) {
    List<Integer> all = IntStream.range(0, rows.rows().size()).boxed().toList();
    fill(weight, Column.WEIGHTS, rows, all);
    fillKl(rows, all);
  }

  /** Fills the weights of the KL alone of the rows {@code used}. */
  public void fillKl(StepRows rows, Collection<Integer> used) {
    fill(klWeight, Column.KL_WEIGHTS, rows, used);
  }

  private static void fill(
      Optional<TokenRule> rule, Column column, StepRows rows, Collection<Integer> used) {
    rule.ifPresent(given -> used.forEach(row -> rows.put(column, row, given.numbers(row, rows))));
  }

  /** The reward of every token of all rows [B][R], if the experiment has one. */
  public Optional<double[][]> rewards(StepRows rows) {
    return reward.map(
        rule -> {
          double[][] rewards = new double[rows.rows().size()][];
          for (int b = 0; b < rewards.length; b++) {
            PerToken numbers = rule.numbers(b, rows);
            rewards[b] = new double[numbers.length()];
            for (int t = 0; t < rewards[b].length; t++) {
              rewards[b][t] = numbers.get(t);
            }
          }
          return rewards;
        });
  }

  @Override
  public void close() {
    if (opened != null) {
      opened.close();
    }
  }
}
