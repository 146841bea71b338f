package dev.kelpie.algorithms.pairing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every pairing of the catalog must do, and the example of docs/adding.md beside them. */
class PairingContractTest {
  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/kelpie/algorithms/pairing/SigmaPairing.java");

  private static final Catalog<Pairing> CATALOG =
      Pairings.catalog().add("sigma", SigmaPairing.Options.DEFAULTS, SigmaPairing::new);

  static Iterable<String> names() {
    return CATALOG.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void pairsDifferentResponsesOfTheGroup(String name) {
    List<Candidate> group = group(3, 1, 2, 2, -1);
    List<RowPair> pairs = pairing(name).pairs(group, group);
    assertThat(pairs).isNotEmpty().doesNotHaveDuplicates();
    for (RowPair pair : pairs) {
      assertThat(group).contains(pair.chosen(), pair.rejected());
      if (pairing(name).byScore() && !pair.chosen().equals(pair.rejected())) {
        assertThat(pair.chosen().score()).isGreaterThanOrEqualTo(pair.rejected().score());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void makesNoPairOfNothing(String name) {
    assertThat(pairing(name).pairs(List.of(), List.of())).isEmpty();
    assertThat(pairing(name).pairs(List.of(), group(1))).isEmpty();
    assertThat(pairing(name).pairs(group(1), List.of())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("names")
  void takesChosenAndRejectedFromTheirOwnLists(String name) {
    List<Candidate> all = group(5, 4, 1, 0);
    for (RowPair pair : pairing(name).pairs(all.subList(0, 2), all.subList(2, 4))) {
      assertThat(pair.chosen().row()).isLessThan(2);
      assertThat(pair.rejected().row()).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void exampleTakesTheResponseBelowTheMean() {
    // mean 2, population deviation sqrt(2): 2 - sqrt(2) = 0.59 is nearest to 1, 2 - 2 sqrt(2) to 0
    List<Candidate> group = group(0, 1, 2, 3, 4);
    Pairing one = CATALOG.create(ConfigBlock.of("pairing", Map.of("type", "sigma", "below", 1.0)));
    assertThat(one.pairs(group, group)).containsExactly(new RowPair(group.get(4), group.get(1)));
    assertThat(pairing("sigma").pairs(group, group))
        .containsExactly(new RowPair(group.get(4), group.get(0)));
  }

  @Test
  void theDocumentQuotesTheTestedFile() throws Exception {
    assertThat(Files.readString(Path.of("../docs/adding.md")))
        .contains("```java\n" + Files.readString(EXAMPLE) + "```\n");
  }

  private static Pairing pairing(String name) {
    return CATALOG.create(name, ConfigBlock.empty("pairing"));
  }

  private static List<Candidate> group(double... scores) {
    return IntStream.range(0, scores.length).mapToObj(i -> Candidate.of(i, scores[i])).toList();
  }
}
