package dev.kelpie.algorithms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.label.Labels;
import dev.kelpie.algorithms.label.Margins;
import dev.kelpie.algorithms.label.Weights;
import dev.kelpie.algorithms.loss.correction.Corrections;
import dev.kelpie.algorithms.loss.policy.PolicyLosses;
import dev.kelpie.algorithms.loss.value.ValueLosses;
import dev.kelpie.algorithms.pairing.PairRules;
import dev.kelpie.algorithms.pairing.Pairings;
import dev.kelpie.algorithms.pairing.Selects;
import dev.kelpie.algorithms.preference.pair.PreferenceLosses;
import dev.kelpie.algorithms.preference.response.ResponseLosses;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.Doc;
import dev.kelpie.config.KebabCase;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AlgorithmsDocTest {
  private static final Path DOCS = Path.of("../docs");
  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/kelpie/algorithms/loss/policy/TiltedReinforceLoss.java");

  private static final List<Catalog<?>> CATALOGS =
      List.of(
          AdvantageEstimators.catalog(),
          PolicyLosses.catalog(),
          ValueLosses.catalog(),
          Corrections.catalog(),
          PreferenceLosses.catalog(),
          ResponseLosses.catalog());

  private static final List<Catalog<?>> OF_PAIRS =
      List.of(
          Selects.catalog(),
          Pairings.catalog(),
          Labels.catalog(),
          Weights.catalog(),
          Margins.catalog());

  @Test
  void everyCatalogNameAndOptionIsExplained() throws IOException {
    String text = Files.readString(DOCS.resolve("algorithms.md"));
    for (Catalog<?> catalog : CATALOGS) {
      for (String name : catalog.names()) {
        assertThat(text).contains("| `" + name + "` |");
        for (String option : Catalog.keys(catalog.defaults(name))) {
          assertThat(text).as(name).contains("`" + option + " = ");
        }
      }
    }
    for (Aggregation.Mode mode : Aggregation.Mode.values()) {
      assertThat(text).contains("`" + KebabCase.of(mode) + "`");
    }
  }

  @Test
  void everySelectionPairingAndLabelIsExplained() throws IOException {
    String text = Files.readString(DOCS.resolve("preferences.md"));
    for (Catalog<?> catalog : List.of(Selects.catalog(), Pairings.catalog(), Labels.catalog())) {
      for (String name : catalog.names()) {
        assertThat(text).contains("| `" + name + "` |");
      }
    }
    for (Catalog<?> catalog : List.of(Weights.catalog(), Margins.catalog())) {
      for (String name : catalog.names()) {
        assertThat(text).contains("`" + name + "`");
      }
    }
    for (String key : Catalog.keys(PairRules.DEFAULTS)) {
      assertThat(text).contains("`" + key + "`");
    }
  }

  @Test
  void everyOptionHasItsMeaning() {
    List<String> silent = new ArrayList<>();
    for (Catalog<?> catalog : Stream.concat(CATALOGS.stream(), OF_PAIRS.stream()).toList()) {
      for (String name : catalog.names()) {
        for (RecordComponent option : catalog.defaults(name).getClass().getRecordComponents()) {
          if (option.getAnnotation(Doc.class) == null) {
            silent.add(name + "." + option.getName());
          }
        }
      }
    }
    assertThat(silent).isEmpty();
  }

  @Test
  void theExampleOfAddingALossIsTheTestedFile() throws IOException {
    assertThat(Files.readString(DOCS.resolve("adding.md")))
        .contains("```java\n" + Files.readString(EXAMPLE) + "```\n");
  }
}
