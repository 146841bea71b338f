package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Share of a response that is not repetition: {@code different n-grams / n-grams} of its words, or
 * of its tokens for text that has no spaces, 1 for a response with at most one n-gram. A word that
 * is repeated lowers it; to be a factor of a reward that grows with the length.
 *
 * <p>The diversity term of Welleck et al. 2019, https://arxiv.org/abs/1908.04319 (distinct
 * n-grams); R3, https://arxiv.org/abs/2402.03469, names a repetition penalty without its formula.
 */
record RepetitionReward(Options options) implements Reward {
  private static final Pattern SPACE = Pattern.compile("\\s+");

  /** What an n-gram is made of. */
  enum Unit {
    /** What is between spaces, whatever the case. */
    WORD,
    /** All tokens of the response, that which ends it too. */
    TOKEN
  }

  /** Options of the type {@code repetition}. */
  record Options(
      @Doc("words or tokens in an n-gram") int ngram,
      @Doc("word: what is between spaces; token: the response's tokens") Unit unit) {
    static final Options DEFAULTS = new Options(1, Unit.WORD);

    Options {
      Require.atLeast("ngram", ngram, 1);
    }
  }

  @Override
  public Score score(Trajectory trajectory) {
    List<?> units = options.unit() == Unit.WORD ? words(trajectory) : tokens(trajectory);
    int count = units.size() - options.ngram() + 1;
    if (count <= 1) {
      return new Score(1, Map.of());
    }
    Set<List<?>> different = new HashSet<>();
    for (int i = 0; i < count; i++) {
      different.add(units.subList(i, i + options.ngram()));
    }
    return new Score((float) ((double) different.size() / count), Map.of());
  }

  private static List<String> words(Trajectory trajectory) {
    String text = trajectory.text().strip().toLowerCase(Locale.ROOT);
    return text.isEmpty() ? List.of() : Arrays.asList(SPACE.split(text));
  }

  private static List<Integer> tokens(Trajectory trajectory) {
    return Arrays.stream(trajectory.response().toArray()).boxed().toList();
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "repetition-1 " + options;
  }
}
