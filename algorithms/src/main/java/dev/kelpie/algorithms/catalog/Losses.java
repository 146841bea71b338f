package dev.kelpie.algorithms.catalog;

import dev.kelpie.algorithms.loss.policy.ObjectiveOptions;
import dev.kelpie.algorithms.loss.policy.PolicyLoss;
import dev.kelpie.algorithms.loss.policy.PolicyLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.pair.PreferenceLosses;
import dev.kelpie.algorithms.preference.response.ResponseLosses;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.NearestName;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;

/** All losses, over tokens, pairs and responses; a name is in one catalog only. */
public final class Losses {
  private static final Catalog<PolicyLoss> TOKENS = PolicyLosses.catalog();
  private static final Catalog<PreferenceLoss> PAIRS = PreferenceLosses.catalog();
  private static final Catalog<ResponseLoss> RESPONSES = ResponseLosses.catalog();

  private Losses() {}

  /** All names: of losses over tokens, then pairs, then responses. */
  public static Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    Stream.of(TOKENS, PAIRS, RESPONSES)
        .flatMap(catalog -> catalog.names().stream())
        .forEach(
            name -> {
              if (!names.add(name)) {
                throw new IllegalStateException("two losses are called " + name);
              }
            });
    return names;
  }

  /**
   * The loss that {@code block.type()} names, with the block's options. Keys in {@code also} are
   * ignored, and so are those of {@link ObjectiveOptions} for a loss over tokens.
   *
   * @throws dev.kelpie.config.ConfigException if the type is missing or in no catalog, with the
   *     nearest name of all of them, or if an option is wrong
   */
  public static SelectedLoss create(ConfigBlock block, String... also) {
    String name =
        block
            .type()
            .orElseThrow(
                () ->
                    block.error(
                        "type",
                        block.values().get("type"),
                        "one of " + String.join(", ", names())));
    if (TOKENS.names().contains(name)) {
      return new SelectedLoss.OfTokens(
          TOKENS.create(
              block,
              Stream.concat(Stream.of(also), Stream.of(Catalog.keys(ObjectiveOptions.DEFAULTS)))
                  .toArray(String[]::new)));
    }
    if (PAIRS.names().contains(name)) {
      return new SelectedLoss.OfPairs(PAIRS.create(block, also));
    }
    if (RESPONSES.names().contains(name)) {
      return new SelectedLoss.OfResponses(RESPONSES.create(block, also));
    }
    throw block.error("type", name, "loss " + NearestName.expectation(name, names()));
  }
}
