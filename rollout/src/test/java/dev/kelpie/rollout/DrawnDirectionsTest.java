package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.DirectionOptions;
import dev.kelpie.config.DirectionOptions.Surface;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.PromptVariant;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.TokenIds;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DrawnDirectionsTest {
  private static final List<String> NAMES = List.of("v1", "v2", "v3");

  @Test
  void directionsOfTheSphereHaveLengthOneAndAreAlike() {
    DrawnDirections directions = directions(Surface.SPHERE, 7);
    double[] mean = new double[3];
    for (int position = 0; position < 2000; position++) {
      Map<String, String> drawn = directions.at(position, Purpose.ROLLOUT);
      double squares = 0;
      for (int k = 0; k < 3; k++) {
        double number = Double.parseDouble(drawn.get(NAMES.get(k)));
        assertThat(number).isBetween(0.0, 1.0);
        squares += number * number;
        mean[k] += number / 2000;
      }
      assertThat(squares).isCloseTo(1, within(3e-4)); // four decimals
    }
    // The mean of a component of a uniform direction of the octant is 1/2; its deviation is .29.
    assertThat(mean).containsExactly(new double[] {0.5, 0.5, 0.5}, within(0.03));
  }

  @Test
  void directionsOfTheSimplexAddUpToOneExactly() {
    DrawnDirections directions = directions(Surface.SIMPLEX, 7);
    double first = 0;
    for (int position = 0; position < 2000; position++) {
      double sum = 0;
      for (String number : directions.at(position, Purpose.ROLLOUT).values()) {
        sum += Double.parseDouble(number);
      }
      assertThat(sum).isCloseTo(1, within(1e-12));
      first += Double.parseDouble(directions.at(position, Purpose.ROLLOUT).get("v1")) / 2000;
    }
    assertThat(first).isCloseTo(1 / 3.0, within(0.03));
  }

  @Test
  void aDirectionDependsOnSeedPurposeAndPositionAlone() {
    Set<Map<String, String>> all = new HashSet<>();
    for (long seed : new long[] {7, 8}) {
      for (long position : new long[] {0, 1, 1L << 40}) {
        all.add(directions(Surface.SPHERE, seed).at(position, Purpose.ROLLOUT));
        all.add(directions(Surface.SPHERE, seed).at(position, Purpose.EVAL));
      }
    }
    assertThat(all).hasSize(12);
    assertThat(directions(Surface.SPHERE, 7).at(5, Purpose.EVAL))
        .isEqualTo(directions(Surface.SPHERE, 7).at(5, Purpose.EVAL));
  }

  @Test
  void promptKeepsItsResponsesAndVariants() {
    PromptVariant variant = new PromptVariant("!?", TokenIds.of(2, 1));
    Prompt prompt =
        new Prompt("row-1", "?", TokenIds.of(1), Optional.empty(), Map.of())
            .withVariants(Map.of("loud", variant));
    Prompt drawn = directions(Surface.SPHERE, 7).of(prompt, 3, Purpose.ROLLOUT);
    assertThat(drawn.variants()).containsEntry("loud", variant);
  }

  @Test
  void promptsOfASourceGetThemBesideTheirColumns() {
    Prompt prompt =
        new Prompt("row-1", "?", TokenIds.of(1), Optional.empty(), Map.of("user", "ann"));
    PromptSource source =
        new PromptSource() {
          @Override
          public long size() {
            return 1;
          }

          @Override
          public Prompt at(long position) {
            return prompt;
          }
        };
    DrawnDirections directions = directions(Surface.SIMPLEX, 7);
    Map<String, String> metadata = directions.over(source, Purpose.ROLLOUT).at(3).metadata();
    assertThat(metadata).containsEntry("user", "ann").hasSize(4);
    assertThat(metadata).containsAllEntriesOf(directions.at(3, Purpose.ROLLOUT));
    DrawnDirections none = new DrawnDirections(DirectionOptions.DEFAULTS, 7);
    assertThat(none.over(source, Purpose.ROLLOUT)).isSameAs(source);
  }

  private static DrawnDirections directions(Surface on, long seed) {
    return new DrawnDirections(new DirectionOptions(NAMES, on), seed);
  }
}
