package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.architecture.Rope;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Numbers over the whole vocabulary, against sums over log-probabilities of every token. */
class VocabularyTest {
  private static final NativeThread THREAD = NativeThread.start("vocabulary-test", 1);
  private static final int VOCABULARY = 20;
  private static final TokenIds PROMPT = TokenIds.of(5, 9, 2);
  private static final SequenceBatch BATCH =
      new SequenceBatch(
          List.of(PROMPT), List.of(new Row(0, TokenIds.of(4, 8, 1)), new Row(0, TokenIds.of(7))));

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  private static CausalLm model(long seed) {
    ModelConfig config =
        new ModelConfig(
            "Qwen3ForCausalLM",
            VOCABULARY,
            16,
            2,
            4,
            2,
            6,
            24,
            1e-6,
            true,
            new Rope(1e4, Optional.empty(), List.of(true, true)),
            true,
            true,
            false,
            true,
            List.of(0, 3),
            0.3,
            64,
            0);
    return CausalLm.random(config, Heads.VOCABULARY, seed);
  }

  /** Log-probability of every token after the prompt and {@code before}. */
  private static double[] next(CausalLm model, TokenIds before) {
    List<Row> rows = new ArrayList<>();
    for (int v = 0; v < VOCABULARY; v++) {
      int[] tokens = new int[before.length() + 1];
      System.arraycopy(before.toArray(), 0, tokens, 0, before.length());
      tokens[before.length()] = v;
      rows.add(new Row(0, TokenIds.of(tokens)));
    }
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray logprobs =
          model.score(new SequenceBatch(List.of(PROMPT), rows), 1, scope).logprobs(); // [V, R]
      float[] all = logprobs.toFloatArray();
      double[] last = new double[VOCABULARY];
      for (int v = 0; v < VOCABULARY; v++) {
        last[v] = all[v * (before.length() + 1) + before.length()];
      }
      return last;
    }
  }

  private static float[] divergence(CausalLm model, CausalLm other) {
    try (InferenceScope scope = InferenceScope.open()) {
      NextTokens next = other.nextTokens(BATCH, scope);
      return model
          .forward(BATCH, 1, Optional.of(next), OptionalLong.empty(), scope, 0)
          .divergence()
          .toFloatArray();
    }
  }

  @Test
  void divergenceIsTheSumOverAllTokens() {
    THREAD.call(
        () -> {
          try (CausalLm model = model(1);
              CausalLm other = model(2)) {
            float[] kl = divergence(model, other); // [2, 3]
            TokenIds[] before = {TokenIds.of(), TokenIds.of(4), TokenIds.of(4, 8)};
            for (int t = 0; t < 3; t++) {
              double[] p = next(model, before[t]);
              double[] q = next(other, before[t]);
              double sum = 0;
              for (int v = 0; v < VOCABULARY; v++) {
                sum += Math.exp(q[v]) * (q[v] - p[v]);
              }
              assertThat(sum).isGreaterThan(1e-3);
              assertThat((double) kl[t]).isCloseTo(sum, within(1e-5));
            }
            assertThat(kl[3]).isCloseTo(kl[0], within(1e-6f)); // the same prompt
            assertThat(kl[4]).isZero(); // no token
            assertThat(divergence(model, model)).containsOnly(new float[6], within(1e-6f));
          }
          return true;
        });
  }

  @Test
  void statisticsAreSumsOverAllTokens() {
    THREAD.call(
        () -> {
          try (CausalLm model = model(1);
              InferenceScope scope = InferenceScope.open()) {
            VocabularyStatistics made = model.statistics(BATCH, 1, scope);
            double[] p = next(model, TokenIds.of(4));
            double squares = 0;
            double certainty = 0;
            for (double logprob : p) {
              squares += Math.exp(2 * logprob);
              certainty -= (Math.log(VOCABULARY) + logprob) / VOCABULARY;
            }
            assertThat((double) made.squares().toFloatArray()[1]).isCloseTo(squares, within(1e-6));
            assertThat((double) made.certainty().toFloatArray()[1])
                .isCloseTo(certainty, within(1e-5));
            // weights of zeros make the uniform distribution: sum of p^2 is 1/V, certainty 0
            for (String name : model.parameters().layout().shapes().keySet()) {
              FloatBuffer numbers = model.parameters().bytes(name).asFloatBuffer();
              for (int i = 0; i < numbers.capacity(); i++) {
                numbers.put(i, 0);
              }
            }
            VocabularyStatistics uniform = model.statistics(BATCH, 1, scope);
            assertThat(uniform.squares().toFloatArray()[0]).isCloseTo(0.05f, within(1e-6f));
            assertThat(uniform.certainty().toFloatArray()[0]).isCloseTo(0f, within(1e-6f));
          }
          return true;
        });
  }

  @Test
  void gradientOfTheDivergenceIsItsSlope() {
    THREAD.call(
        () -> {
          try (CausalLm model = model(1);
              CausalLm other = model(2)) {
            float[] factors = {0.5f, -1, 2, 1.5f, 0, 0}; // one for each token
            try (InferenceScope scope = InferenceScope.open()) {
              NextTokens next = other.nextTokens(BATCH, scope);
              Forward pass =
                  model.forward(BATCH, 1, Optional.of(next), OptionalLong.empty(), scope, 0);
              NDArray zeros = pass.logprobs().zerosLike(); // [2, 3]
              pass.backwardDivergence(zeros, zeros, scope.floats(factors, 2, 3));
            }
            Parameters gradients = model.gradients().orElseThrow();
            for (String name : model.parameters().layout().shapes().keySet()) {
              FloatBuffer numbers = model.parameters().bytes(name).asFloatBuffer();
              float analytic = gradients.bytes(name).asFloatBuffer().get(1);
              float kept = numbers.get(1);
              double step = 1e-2;
              numbers.put(1, (float) (kept + step));
              double above = weighted(divergence(model, other), factors);
              numbers.put(1, (float) (kept - step));
              double below = weighted(divergence(model, other), factors);
              numbers.put(1, kept);
              double slope = (above - below) / (2 * step);
              assertThat((double) analytic).as(name).isCloseTo(slope, within(2e-3));
            }
          }
          return true;
        });
  }

  private static double weighted(float[] numbers, float[] factors) {
    double sum = 0;
    for (int i = 0; i < numbers.length; i++) {
      sum += numbers[i] * factors[i];
    }
    return sum;
  }
}
