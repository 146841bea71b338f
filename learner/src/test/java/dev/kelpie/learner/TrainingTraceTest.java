package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.fasterxml.jackson.databind.JsonNode;
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
import dev.kelpie.learner.optimizer.AdamW;
import dev.kelpie.learner.optimizer.GradientClip;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Forward;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.Parameters;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.ParityTally;
import dev.kelpie.model.ReferenceArrays;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.TrainingScope;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * AdamW steps against torch: losses, gradient norms and parameters after every step, for policy and
 * value objectives.
 */
@ExtendWith(ParityTally.class)
class TrainingTraceTest {
  private static final NativeThread THREAD = NativeThread.start("trace-test", 1);

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  /** Objectives that no run can train with. */
  private static final Set<String> NOT_SUPPORTED = Set.of("bradley_terry", "dpo");

  static List<Arguments> traces() throws IOException {
    List<Arguments> traces = new ArrayList<>();
    for (String name : ParityFixtures.models()) {
      ParityFixtures.expected(ParityFixtures.folder(name)).properties().stream()
          .filter(entry -> entry.getValue().has("steps"))
          .forEach(entry -> traces.add(arguments(name, entry.getKey())));
    }
    return traces;
  }

  @ParameterizedTest
  @MethodSource("traces")
  void stepsEqualTorch(String name, String trace) throws Exception {
    Path folder = ParityFixtures.folder(name);
    ParityFixtures.check(
        name,
        !NOT_SUPPORTED.contains(trace),
        () ->
            THREAD.call(
                () -> {
                  compare(folder, trace);
                  return true;
                }));
  }

  private static void compare(Path folder, String trace) throws IOException {
    JsonNode json = ParityFixtures.expected(folder).get(trace);
    JsonNode options = json.get("options");
    boolean values = trace.equals("value");
    AdamW.Options adamW =
        new AdamW.Options(
            options.get("betas").get(0).asDouble(),
            options.get("betas").get(1).asDouble(),
            options.get("adam_eps").asDouble(),
            options.get("weight_decay").asDouble());
    try (ReferenceArrays expected = ReferenceArrays.open(folder);
        CausalLm model = model(folder, values, expected);
        AdamW optimizer = AdamW.of(model.parameters().layout(), adamW)) {
      GradientClip clip = new GradientClip(options.get("max_grad_norm").asDouble());
      for (int step = 1; step <= json.get("steps").size(); step++) {
        double loss;
        try (TrainingScope scope = TrainingScope.open()) {
          Forward forward =
              model.forward(
                  expected.rightPadded(), options.get("temperature").asDouble(), scope, 0);
          loss =
              values
                  ? value(forward, expected, options, step, scope)
                  : policy(forward, expected, trace, options, step, scope);
        }
        Parameters gradients = model.gradients().orElseThrow();
        double norm = optimizer.norm(gradients);
        JsonNode said = json.get("steps").get(step - 1);
        assertThat(loss).as("loss").isCloseTo(said.get("loss").asDouble(), within(1e-4));
        double theirs = said.get("grad_norm").asDouble();
        assertThat(norm).as("norm").isCloseTo(theirs, within(1e-4 * theirs));
        double rate = options.get("lr").asDouble();
        optimizer.update(model.parameters(), gradients, clip.factor(norm), rate);
        model.clearGradients();
        assertParameters(model, expected, trace + ".step" + step + ".");
      }
    }
  }

  private static CausalLm model(Path folder, boolean values, ReferenceArrays expected) {
    if (!values) {
      return ParityFixtures.model(folder);
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
      tokens =
          tokens.with(Column.REFERENCE_LOGPROBS, array(expected, trace + ".ref_logprobs", scope));
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
      Forward forward, ReferenceArrays expected, JsonNode options, int step, TrainingScope scope) {
    double range = options.get("value_clip").asDouble();
    ValueObjective objective =
        new ValueObjective(
            new MseValueLoss(new MseValueLoss.Options(range, 0.5)), Aggregation.tokenMean());
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
    return TokenBatch.of(array(expected, trace + ".response_mask", scope));
  }

  private static Denominators denominators(TokenBatch tokens) {
    float[] lengths = Masked.lengths(tokens.mask()).toFloatArray();
    double[] counts = new double[lengths.length];
    Arrays.setAll(counts, b -> lengths[b]);
    return Denominators.count(counts, IntStream.range(0, lengths.length).toArray());
  }

  private static NDArray array(
      ReferenceArrays expected, String name, int step, TrainingScope scope) {
    List<Long> shape = expected.shape(name); // [steps, B, R]
    return scope.floats(expected.floats(name, step - 1), shape.get(1), shape.get(2)); // [B, R]
  }

  private static NDArray array(ReferenceArrays expected, String name, TrainingScope scope) {
    List<Long> shape = expected.shape(name);
    return scope.floats(expected.floats(name), shape.get(0), shape.get(1)); // [B, R]
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
