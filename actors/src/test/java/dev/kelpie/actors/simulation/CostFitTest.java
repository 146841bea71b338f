package dev.kelpie.actors.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CostFitTest {
  private static final Offset<Double> CLOSE = within(1e-6);

  private static CostFit.Point point(double value, double... features) {
    return new CostFit.Point(features, value);
  }

  @Test
  void findsTheCostsThatTimesAreMadeOf() {
    List<CostFit.Point> points = new ArrayList<>();
    for (int steps = 10; steps <= 40; steps += 10) {
      for (int tokens = 100; tokens <= 900; tokens += 400) {
        points.add(point(0.2 + 0.01 * steps + 0.001 * tokens, 1, steps, tokens));
      }
    }
    double[] costs = CostFit.fit(points, 3);
    assertThat(costs).containsExactly(new double[] {0.2, 0.01, 0.001}, CLOSE);
    assertThat(CostFit.spread(points, costs)).isCloseTo(0, CLOSE);
  }

  @Test
  void aFewSlowStepsDoNotCount() {
    List<CostFit.Point> points = new ArrayList<>();
    for (int x = 1; x <= 20; x++) {
      points.add(point((x % 5 == 0 ? 4 : 1) * (1 + 0.5 * x), 1, x));
    }
    double[] costs = CostFit.fit(points, 2);
    assertThat(costs[0]).isCloseTo(1, within(0.05));
    assertThat(costs[1]).isCloseTo(0.5, within(0.02));
  }

  @Test
  void noCostIsNegative() {
    // falls with x: as far as costs go, x costs nothing
    double[] costs = CostFit.fit(List.of(point(3, 1, 1), point(2, 1, 2), point(1.9, 1, 3)), 2);
    assertThat(costs[1]).isEqualTo(0);
    assertThat(costs[0]).isBetween(1.8, 3.0);
  }

  @Test
  void oneStepGivesOneCost() {
    // the same features in every step: which of them costs is not known, their sum is
    double[] costs = CostFit.fit(List.of(point(2, 1, 8), point(2, 1, 8)), 2);
    assertThat(CostFit.value(new double[] {1, 8}, costs)).isCloseTo(2, CLOSE);
    assertThat(CostFit.fit(List.of(), 2)).containsExactly(0, 0);
  }
}
