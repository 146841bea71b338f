package dev.kelpie.config.named;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Require;
import java.util.Map;
import java.util.TreeMap;

/** A block of {@code variants}: another template of the prompts. */
public record VariantOptions(
    @Doc(
            "text in which {prompt} is the row's prompt, {shots} the shots, {score} the score of a"
                + " response, and {COLUMN} any other column of the row")
        String template,
    @Doc("other rows that are shown before the prompt") Shots shots) {
  public static final VariantOptions DEFAULTS = new VariantOptions("{prompt}", Shots.DEFAULTS);

  /** Rows that are shown before a prompt. */
  public record Shots(
      @Doc("column whose value a shot has in common with the row") String by,
      @Doc("how many shots a row has; a row with fewer others has fewer") int count,
      @Doc("text of one shot, with placeholders for the columns of its row") String template,
      @Doc("file of shots; empty: the rows of the data file itself") String path) {
    public static final Shots DEFAULTS = new Shots("", 0, "", "");

    public Shots {
      Require.atLeast("count", count, 0);
      Require.that(
          count == 0 || !by.isEmpty(),
          "by: missing (expected: the name of a column, because count = %s)",
          count);
      Require.that(
          count == 0 || !template.isEmpty(),
          "template: missing (expected: the text of a shot, because count = %s)",
          count);
      Require.that(
          count > 0 || (by.isEmpty() && template.isEmpty() && path.isEmpty()),
          "count: 0 (expected: at least 1, because the block names shots)");
    }
  }

  public VariantOptions {
    Require.that(
        template.replace("{shots}", "").replace("{score}", "").matches("(?s).*\\{[^{}]+}.*"),
        "template: %s (expected: a text with {prompt} or the {COLUMN} of another prompt)",
        template.isEmpty() ? "missing" : template);
    boolean shows = template.contains("{shots}");
    Require.that(
        shows == shots.count() > 0,
        "template: %s (expected: %s)",
        template,
        shows ? "no {shots}, because shots.count = 0" : "{shots}, because shots.count > 0");
  }

  /** Whether the variant {@code name} of an experiment shows the score of a response. */
  public static boolean showsScore(Experiment experiment, String name) {
    ConfigBlock block = experiment.variants().get(name);
    return block != null && block.bind(DEFAULTS).template.contains("{score}");
  }

  /**
   * The variants of an experiment, in order of their names.
   *
   * @throws ConfigException for a block that is wrong
   */
  public static Map<String, VariantOptions> all(Experiment experiment) {
    Map<String, VariantOptions> variants = new TreeMap<>();
    experiment.variants().forEach((name, block) -> variants.put(name, block.bind(DEFAULTS)));
    return variants;
  }
}
