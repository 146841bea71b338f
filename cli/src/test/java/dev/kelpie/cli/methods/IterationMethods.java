package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.known;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;

/** Methods that are a way from one iteration to the next. */
final class IterationMethods {
  static final List<Method> ALL =
      List.of(Method.of("apo.accelerated", IterationMethods::accelerated));

  private IterationMethods() {}

  private static void accelerated(MethodRuns runs) {
    Recorded plain = runs.with("iterations.advance.alpha=0");
    assertThat(plain.weights()).isEqualTo(runs.dpo("reference.schedule=previous").weights());
    // Both runs train the same step 1; the published weights then go on by 0.3 of the move.
    Map<String, float[]> start = Weights.ofTheStart().tensors();
    Map<String, float[]> trained = Weights.after(plain, 1).tensors();
    Map<String, float[]> published = Weights.after(runs.whole(), 1).tensors();
    assertThat(published).containsOnlyKeys(start.keySet());
    long moved = 0;
    float furthest = 0;
    for (String name : published.keySet()) {
      float[] t1 = known(start.get(name));
      float[] t2 = known(trained.get(name));
      float[] p = known(published.get(name));
      for (int i = 0; i < p.length; i++) {
        furthest = Math.max(furthest, Math.abs(p[i] - (t2[i] + 0.3f * (t2[i] - t1[i]))));
        moved += p[i] != t2[i] ? 1 : 0;
      }
    }
    assertThat(furthest).isCloseTo(0, within(1e-7f));
    assertThat(moved).isPositive();
  }
}
