package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.config.RolloutOptions.Precision;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.ScriptSource;
import dev.kelpie.tensors.TorchScript;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The sampler's probabilities and draws equal transformers'. */
@ExtendWith(ParityTally.class)
class SamplingParityTest {
  private static final Set<String> OPTIONS = Set.of("temperature", "top_k", "top_p", "min_p");

  /** The sampler has no such option: a setting with it is refused before a run starts. */
  private static final Set<String> NOT_SUPPORTED = Set.of("repetition_penalty");

  private static final String MAIN =
      """
      class Sampler(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def filtered(self, logits: Tensor, hidden: Tensor, k: int, p: float, m: float) -> Tensor:
          q = __torch__.sampling.filtered(logits, hidden, k, p, m)
          return torch.div(q, torch.sum(q, [1], True))
        def draw(self, logits: Tensor, u: Tensor, hidden: Tensor, k: int, p: float, m: float) -> Tuple[Tensor, Tensor, Tensor]:
          return __torch__.sampling.draw(logits, u, hidden, False, k, p, m)
      """;

  private static TorchScript script;

  @BeforeAll
  static void loadScript() {
    script =
        TorchScript.load(
            "Sampler",
            List.of(
                new ScriptSource("sampler", MAIN),
                ScriptSource.resource(DecodeModel.class, "sampling.py")));
  }

  @AfterAll
  static void closeScript() {
    script.close();
  }

  @Test
  void probabilitiesEqualTransformers() throws Exception {
    Path folder = ParityFixtures.folder("sampling");
    try (ReferenceArrays expected = ReferenceArrays.open(folder)) {
      for (Map.Entry<String, JsonNode> setting : settings(folder).entrySet()) {
        assertThat(probabilities(expected, setting.getValue()))
            .as(setting.getKey())
            .containsExactly(expected.floats("probs." + setting.getKey()), within(1e-5f));
      }
    }
  }

  /** When one of them gives the reference's probabilities, its option is supported. */
  @Test
  void settingsOnTheListOfWhatIsMissingDiffer() throws Exception {
    Path folder = ParityFixtures.folder("sampling");
    try (ReferenceArrays expected = ReferenceArrays.open(folder)) {
      for (Map.Entry<String, JsonNode> setting : all(folder).entrySet()) {
        if (!isSupported(setting.getValue())) {
          float[] theirs = expected.floats("probs." + setting.getKey());
          float[] ours = probabilities(expected, setting.getValue());
          double worst = 0;
          for (int i = 0; i < ours.length; i++) {
            worst = Math.max(worst, Math.abs(ours[i] - theirs[i]));
          }
          assertThat(worst).as(setting.getKey()).isGreaterThan(1e-5);
        }
      }
    }
  }

  private static float[] probabilities(ReferenceArrays expected, JsonNode setting) {
    try (InferenceScope scope = InferenceScope.open()) {
      Sampling sampling = sampling(setting);
      List<Long> shape = expected.shape("logits");
      NDArray logits = scope.floats(expected.floats("logits"), shape.get(0), shape.get(1));
      logits = logits.div(sampling.temperature()); // [P, V]
      return script
          .run(
              scope,
              "filtered",
              logits,
              scope.longs(new long[0], 0),
              sampling.topK(),
              sampling.topP(),
              sampling.minP())
          .get(0)
          .toFloatArray();
    }
  }

  @Test
  void drawsPassTheChiSquareTestAndStayInTheSupport() throws Exception {
    Path folder = ParityFixtures.folder("sampling");
    int draws = ParityFixtures.expected(folder).get("draws").asInt();
    try (ReferenceArrays expected = ReferenceArrays.open(folder);
        Checkpoint checkpoint = Checkpoint.open(model(folder));
        Kernels kernels = Kernels.load(Precision.FP32);
        DecodeModel model = DecodeModel.load(kernels, checkpoint.config(), checkpoint)) {
      List<TokenIds> prompts = prompts(expected);
      Random random = new Random(7);
      for (Map.Entry<String, JsonNode> setting : settings(folder).entrySet()) {
        float[] uniforms = new float[prompts.size() * draws];
        for (int i = 0; i < uniforms.length; i++) {
          uniforms[i] = random.nextInt(1 << 24) * 0x1p-24f;
        }
        Sampling sampling = sampling(setting.getValue());
        SampledTokens drawn;
        try (DecodeBatch batch =
            model.begin(prompts, draws, sampling, new StopTokens(TokenIds.empty()))) {
          drawn = batch.first(uniforms);
        }
        for (int p = 0; p < prompts.size(); p++) {
          float[] probabilities = expected.floats("probs." + setting.getKey(), p);
          check(setting.getValue().get("prompts").get(p), drawn, p * draws, draws, probabilities);
        }
      }
    }
  }

  private static void check(
      JsonNode bins, SampledTokens drawn, int firstRow, int draws, float[] probabilities) {
    int[] counts = new int[probabilities.length];
    for (int row = firstRow; row < firstRow + draws; row++) {
      int id = drawn.id(0, row);
      counts[id]++;
      double expected = Math.log(probabilities[id]);
      assertThat((double) drawn.sampledLogprob(0, row)).isCloseTo(expected, within(2e-5));
    }
    double chiSquare = 0;
    for (JsonNode bin : bins.get("bins")) {
      double observed = 0;
      for (JsonNode token : bin.get("tokens")) {
        observed += counts[token.asInt()];
      }
      double expected = bin.get("expected").asDouble();
      chiSquare += (observed - expected) * (observed - expected) / expected;
    }
    if (bins.path("chi_square_critical").asDouble() > 0) {
      assertThat(chiSquare).isLessThan(bins.get("chi_square_critical").asDouble());
    }
  }

  @Test
  void neverDrawsATokenThatTheFiltersRemoved() {
    Random random = new Random(3);
    float[] uniforms = {0f, 0x1.fffffep-1f, 0.5f, random.nextFloat()};
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray logits = scope.manager().randomNormal(new Shape(4, 5000));
      logits = logits.mul(3); // [4, V]
      NDArray hidden = scope.longs(new long[] {0, 4999}, 2);
      for (Object[] filter :
          new Object[][] {
            {0, 1.0, 0.0}, {1, 1.0, 0.0}, {50, 0.9, 0.0}, {0, 0.999, 0.0}, {0, 0.5, 0.1}
          }) {
        NDArray u = scope.floats(uniforms, 4);
        NDArray kept =
            script.run(scope, "filtered", logits, hidden, filter[0], filter[1], filter[2]).get(0);
        NDList drawn =
            script.run(scope, "draw", logits, u, hidden, filter[0], filter[1], filter[2]);
        long[] ids = drawn.get(0).toLongArray();
        for (int row = 0; row < 4; row++) {
          assertThat(kept.getFloat(row, ids[row])).isPositive();
          assertThat(drawn.get(2).getFloat(row))
              .isCloseTo((float) Math.log(kept.getFloat(row, ids[row])), within(1e-5f));
        }
      }
    }
  }

  @Test
  void keepsTheSmallestSetThatHoldsTheMassWhenItIsWide() {
    // 5000 nearly equal tokens: 0.9 of the mass needs about 4500 of them, far more than 1024
    float[] logits = new float[5000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = i * 1e-6f;
    }
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray kept =
          script
              .run(
                  scope,
                  "filtered",
                  scope.floats(logits, 1, 5000),
                  scope.longs(new long[0], 0),
                  0,
                  0.9,
                  0.0)
              .get(0);
      long count = Arrays.stream(floats(kept)).filter(p -> p > 0).count();
      assertThat(count).isBetween(4490L, 4510L);
      assertThat(kept.getFloat(0, 4999)).isPositive();
      assertThat(kept.getFloat(0, 0)).isZero();
    }
  }

  @Test
  void drawsAnotherTokenWhereTheStopTokenHoldsAllTheMass() {
    float[] logits = {1000f, 0f, -1f, -2000f};
    try (InferenceScope scope = InferenceScope.open()) {
      NDList drawn =
          script.run(
              scope,
              "draw",
              scope.floats(logits, 1, 4),
              scope.floats(new float[] {0.1f}, 1),
              scope.longs(new long[] {0}, 1),
              0,
              1.0,
              0.0);
      assertThat(drawn.get(0).getLong(0)).isEqualTo(1);
      assertThat(drawn.get(1).getFloat(0)).isEqualTo(-1000f);
      // of the others e^0 / (e^0 + e^-1) = 0.731
      assertThat(drawn.get(2).getFloat(0)).isCloseTo((float) Math.log(0.731058), within(1e-5f));
    }
  }

  private static double[] floats(NDArray array) {
    float[] values = array.toFloatArray();
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }

  private static Path model(Path folder) throws IOException {
    return ParityFixtures.folder(ParityFixtures.expected(folder).get("model").asText());
  }

  private static Map<String, JsonNode> all(Path folder) throws IOException {
    Map<String, JsonNode> all = new LinkedHashMap<>();
    ParityFixtures.expected(folder)
        .get("settings")
        .properties()
        .forEach(setting -> all.put(setting.getKey(), setting.getValue()));
    assertThat(all).isNotEmpty();
    return all;
  }

  private static Map<String, JsonNode> settings(Path folder) throws IOException {
    Map<String, JsonNode> settings = all(folder);
    settings.values().removeIf(setting -> !isSupported(setting));
    return settings;
  }

  private static boolean isSupported(JsonNode setting) {
    Set<String> options = new TreeSet<>();
    setting.get("options").fieldNames().forEachRemaining(options::add);
    boolean supported = options.stream().noneMatch(NOT_SUPPORTED::contains);
    options.removeAll(NOT_SUPPORTED);
    assertThat(OPTIONS).containsAll(options);
    return supported;
  }

  private static Sampling sampling(JsonNode setting) {
    JsonNode options = setting.get("options");
    return new Sampling(
        options.path("temperature").asDouble(1),
        options.path("top_k").asInt(0),
        options.path("top_p").asDouble(1),
        options.path("min_p").asDouble(0),
        1,
        false);
  }

  private static List<TokenIds> prompts(ReferenceArrays expected) {
    long[] ids = expected.longs("input_ids");
    long[] mask = expected.longs("attention_mask");
    int rows = Math.toIntExact(expected.shape("input_ids").get(0));
    int width = ids.length / rows;
    List<TokenIds> prompts = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      int first = row * width;
      while (mask[first] == 0) {
        first++;
      }
      prompts.add(TokenIds.of(Arrays.copyOfRange(ids, first, (row + 1) * width)));
    }
    return prompts;
  }
}
