package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.loss.policy.PolicyLosses;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.loss.value.MseValueLoss;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Forward;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.Parameters;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.TrainingScope;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Four AdamW steps against torch: losses, gradient norms and parameters after every step, for
 * policy and value objectives.
 */
class TrainingTraceTest {
  private static final NativeThread THREAD = NativeThread.start("trace-test", 1);
  private static final int ROWS = 4;
  private static final int WIDTH = 19;

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  @ParameterizedTest
  @CsvSource({
    "llama-gqa, grpo",
    "llama-gqa, grpo_full",
    "llama-gqa, value",
    "llama-tied-rope3, grpo",
    "llama-bias, grpo",
    "llama-bf16, grpo",
    "mistral-swa, grpo",
    "qwen2, grpo",
    "qwen2, value",
    "qwen3, grpo",
    "qwen3, grpo_full",
    "smollm2, grpo",
    "smollm3, grpo"
  })
  void fourStepsEqualTorch(String name, String trace) {
    Path folder = SharedFixtures.model(name);
    THREAD.call(
        () -> {
          compare(folder, trace);
          return true;
        });
  }

  private static void compare(Path folder, String trace) throws Exception {
    JsonNode json =
        new ObjectMapper().readTree(Files.readString(folder.resolve("expected.json"))).get(trace);
    boolean values = trace.equals("value");
    try (ReferenceArrays expected = ReferenceArrays.open(folder);
        CausalLm model = model(folder, values, expected);
        AdamW optimizer =
            AdamW.of(model.parameters().layout(), new AdamW.Options(0.9, 0.95, 1e-8, 0.01))) {
      GradientClip clip = new GradientClip(1);
      for (int step = 1; step <= 4; step++) {
        double loss;
        try (TrainingScope scope = TrainingScope.open()) {
          Forward forward =
              model.forward(
                  expected.rightPadded(), json.get("options").get("temperature").asDouble(), scope);
          loss =
              values
                  ? value(forward, expected, step, scope)
                  : policy(forward, expected, trace, json.get("options"), step, scope);
        }
        Parameters gradients = model.gradients().orElseThrow();
        double norm = optimizer.norm(gradients);
        JsonNode said = json.get("steps").get(step - 1);
        assertThat(loss).as("loss").isCloseTo(said.get("loss").asDouble(), within(1e-4));
        double theirs = said.get("grad_norm").asDouble();
        assertThat(norm).as("norm").isCloseTo(theirs, within(1e-4 * theirs));
        optimizer.update(model.parameters(), gradients, clip.factor(norm), 1e-3);
        model.clearGradients();
        assertParameters(model, expected, trace + ".step" + step + ".");
      }
    }
  }

  private static CausalLm model(Path folder, boolean values, ReferenceArrays expected) {
    if (!values) {
      return CausalLm.open(folder, Heads.VOCABULARY);
    }
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      CausalLm model = CausalLm.of(checkpoint.config(), Heads.VALUE, checkpoint);
      for (String name : List.of("v_head.weight", "v_head.bias")) {
        FloatBuffer head =
            model.parameters().bytes(name).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        head.put(expected.floats("value." + name));
      }
      return model;
    }
  }

  private static double policy(
      Forward forward,
      ReferenceArrays expected,
      String trace,
      JsonNode options,
      int step,
      TrainingScope scope) {
    PolicyObjective objective =
        PolicyObjective.of(
                PolicyLosses.catalog()
                    .create(
                        "ppo-clip",
                        ConfigBlock.of(
                            "loss",
                            Map.of(
                                "clip-low", options.get("eps_low").asDouble(),
                                "clip-high", options.get("eps_high").asDouble()))),
                Aggregation.tokenMean())
            .withKl(options.get("kl_coef").asDouble(), KlEstimator.of("k3"))
            .withEntropyBonus(options.get("entropy_coef").asDouble());
    TokenBatch tokens =
        tokens(expected, trace, scope)
            .with(Column.OLD_LOGPROBS, array(expected, trace + ".old_logprobs", step, scope))
            .with(Column.ADVANTAGES, array(expected, trace + ".advantages", step, scope));
    if (objective.needsReference()) {
      float[] reference = expected.floats(trace + ".ref_logprobs");
      tokens = tokens.with(Column.REFERENCE_LOGPROBS, scope.floats(reference, ROWS, WIDTH));
    }
    NDArray logprobs = scope.leaf(forward.logprobs()); // [B, R]
    NDArray entropy = scope.leaf(forward.entropy()); // [B, R]
    LossTerms terms =
        objective.evaluate(new PolicyOutputs(logprobs, entropy), tokens, denominators(tokens));
    NDList gradients = scope.gradients(terms.loss(), List.of(logprobs, entropy));
    forward.backward(gradients.get(0), gradients.get(1), logprobs.zerosLike());
    return Masked.number(terms.loss().stopGradient());
  }

  private static double value(
      Forward forward, ReferenceArrays expected, int step, TrainingScope scope) {
    ValueObjective objective =
        new ValueObjective(
            new MseValueLoss(new MseValueLoss.Options(0.2, 0.5)), Aggregation.tokenMean());
    TokenBatch tokens =
        tokens(expected, "value", scope)
            .with(Column.OLD_VALUES, array(expected, "value.old_values", step, scope))
            .with(Column.RETURNS, array(expected, "value.returns", step, scope));
    NDArray values = scope.leaf(forward.values()); // [B, R]
    LossTerms terms = objective.evaluate(values, tokens, denominators(tokens));
    forward.backwardValues(scope.gradients(terms.loss(), List.of(values)).get(0));
    return Masked.number(terms.loss().stopGradient());
  }

  private static TokenBatch tokens(ReferenceArrays expected, String trace, TrainingScope scope) {
    float[] mask = expected.floats(trace + ".response_mask");
    return TokenBatch.of(scope.floats(mask, ROWS, WIDTH));
  }

  private static Denominators denominators(TokenBatch tokens) {
    float[] lengths = Masked.lengths(tokens.mask()).toFloatArray();
    double[] counts = new double[ROWS];
    for (int b = 0; b < ROWS; b++) {
      counts[b] = lengths[b];
    }
    return Denominators.count(counts, new int[] {0, 1, 2, 3});
  }

  private static NDArray array(
      ReferenceArrays expected, String name, int step, TrainingScope scope) {
    return scope.floats(expected.floats(name, step - 1), ROWS, WIDTH); // [B, R]
  }

  private static void assertParameters(CausalLm model, ReferenceArrays expected, String prefix) {
    List<String> names = expected.names(prefix);
    assertThat(names).isNotEmpty();
    for (String name : names) {
      float[] ours = model.parameters().values(name.substring(prefix.length()));
      float[] theirs = expected.floats(name);
      double worst = 0;
      for (int i = 0; i < theirs.length; i++) {
        worst = Math.max(worst, Math.abs(ours[i] - theirs[i]));
      }
      assertThat(worst).as(name).isLessThan(1e-4);
    }
  }
}
