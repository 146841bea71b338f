package dev.kelpie.rewards;

/**
 * Adds a reward from another jar to the catalog. Implement it, name the class in {@code
 * META-INF/services/dev.kelpie.rewards.RewardProvider} and put the jar on the class path; an
 * experiment file then says {@code reward.NAME { type = name, ... }}. {@code examples/reward} is a
 * complete one.
 *
 * @param <O> the options, a record: its components are the keys of the block in kebab-case, its
 *     compact constructor checks them
 */
public interface RewardProvider<O extends Record> {
  /** The {@code type} in experiment files; must not be one of the built-in names. */
  String name();

  /** The options and their defaults. */
  O defaultOptions();

  /** The reward with {@code options}; an {@link IllegalArgumentException} refuses them. */
  Reward create(O options);
}
