package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.StepMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CurvesTest {
  private static List<StepMetrics> steps(String name, double... values) {
    List<StepMetrics> steps = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      steps.add(new StepMetrics(i + 1, Map.of(name, values[i])));
    }
    return steps;
  }

  @Test
  void fewStepsAreKeptAsTheyAre() {
    JsonNode curve = Curves.of(steps("a/b", 1, 3, 2), List.of("a/b"), 10).get("a/b");
    assertThat(curve.toString()).isEqualTo("{\"s\":[1,2,3],\"v\":[1,3,2]}");
  }

  @Test
  void manyStepsKeepTheLowestAndHighestOfEachStretch() {
    // stretches [0 9 1] and [2 -5 2]: 0 and 9, -5 and the first 2
    JsonNode curve = Curves.of(steps("a/b", 0, 9, 1, 2, -5, 2), List.of("a/b"), 4).get("a/b");
    assertThat(curve.toString()).isEqualTo("{\"s\":[1,2,4,5],\"v\":[0,9,2,-5]}");
  }

  @Test
  void aSpikeInTenThousandStepsIsNotLost() {
    double[] values = new double[10_000];
    values[7_123] = 42;
    JsonNode curve = Curves.of(steps("a/b", values), List.of("a/b"), 600).get("a/b");
    assertThat(curve.get("s").size()).isLessThanOrEqualTo(600);
    assertThat(curve.get("v").toString()).contains("42");
    assertThat(curve.get("s").toString()).contains("7124");
  }

  @Test
  void stepsWithoutTheNumberAreLeftOut() {
    JsonNode curve =
        Curves.of(steps("a/b", 1, Double.NaN, 3), List.of("a/b", "a/c"), 10).get("a/b");
    assertThat(curve.toString()).isEqualTo("{\"s\":[1,3],\"v\":[1,3]}");
  }

  @Test
  void timesKeepTheMeanOfEachStretchAtItsLastStep() {
    JsonNode curve =
        Curves.of(steps("timing_s/x", 1, 3, 5, 7), List.of("timing_s/x"), 4).get("timing_s/x");
    // (1 + 3) / 2 at step 2, (5 + 7) / 2 at step 4
    assertThat(curve.toString()).isEqualTo("{\"s\":[2,4],\"v\":[2,6]}");
  }

  @Test
  void numbersHaveSixDigits() {
    JsonNode curve = Curves.of(steps("a/b", 1.0 / 3, 1e-9 / 3), List.of("a/b"), 4).get("a/b");
    assertThat(curve.get("v").toString()).isEqualTo("[0.333333,3.33333E-10]");
  }
}
