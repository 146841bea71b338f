package dev.kelpie.learner.token;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.model.Tokenizer;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * All numbers of tokens, by the name that the type of {@code algorithm.token-weight}, {@code
 * algorithm.kl-weight} and {@code algorithm.token-reward} gives.
 */
public final class TokenRules {
  /** Of a rule that is only looked at. */
  public static final Supplier<Tokenizer> UNOPENED =
      () -> {
        throw new IllegalStateException("a rule that is only looked at has no tokenizer");
      };

  private TokenRules() {}

  /**
   * The catalog.
   *
   * @param tokenizer of the policy; asked for only when a response is split into its tokens' texts
   */
  static Catalog<TokenRule> catalog(Supplier<Tokenizer> tokenizer) {
    return Catalog.<TokenRule>of("numbers of tokens")
        .add("numbers", NamedNumbers.Options.DEFAULTS, NamedNumbers::new)
        .add("span", SpanNumbers.Options.DEFAULTS, options -> new SpanNumbers(options, tokenizer));
  }

  /**
   * The rule of a block; none of an empty one.
   *
   * @throws dev.kelpie.config.ConfigException for an unknown type, key or value
   */
  public static Optional<TokenRule> of(ConfigBlock block, Supplier<Tokenizer> tokenizer) {
    return block.values().isEmpty()
        ? Optional.empty()
        : Optional.of(catalog(tokenizer).create(block));
  }

  /** The rule of a block that is only looked at. */
  public static Optional<TokenRule> of(ConfigBlock block) {
    return of(block, UNOPENED);
  }
}
