package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.RolloutOptions.Precision;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.TorchScript;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the families beside Llama's need: names, layouts, kernels and bounds of their own. */
class FamiliesTest {
  private static final NativeThread THREAD = NativeThread.start("families-test", 1);
  private static final TokenIds IDS =
      TokenIds.of(IntStream.range(0, 30).map(i -> (11 * i * i + 5 * i + 3) % 320).toArray());

  private final Path folder;

  FamiliesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  /** A response of 20 tokens to a prompt of 10. */
  private static SequenceBatch batch() {
    return new SequenceBatch(
        List.of(IDS.slice(0, 10)), List.of(new Row(0, IDS.slice(10, IDS.length()))));
  }

  /** Conv1D's matrices are used as transposed views, experts as slices of one matrix. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "qwen3-moe", "gemma2"})
  void allMatrixProductsGiveTheSameNumbers(String name) {
    Assumptions.assumeTrue(System.getProperty("os.arch").equals("amd64"), "oneDNN needs x86");
    THREAD.call(
        () -> {
          List<float[]> results = new ArrayList<>();
          for (String products :
              List.of("train_gemm_aten.py", "train_gemm_mixed.py", "train_gemm_onednn.py")) {
            results.add(learned(ParityFixtures.own(name), products));
          }
          for (int i = 1; i < results.size(); i++) {
            double apart = 0;
            double norm = 0;
            for (int k = 0; k < results.get(0).length; k++) {
              apart += Math.pow(results.get(i)[k] - results.get(0)[k], 2);
              norm += Math.pow(results.get(0)[k], 2);
            }
            assertThat(Math.sqrt(apart / norm)).isLessThan(1e-5);
          }
          return true;
        });
  }

  /** All gradients of the sum of log-probabilities. */
  private static float[] learned(Path folder, String products) {
    try (TorchScript script = TrainScript.load(products);
        Checkpoint checkpoint = Checkpoint.open(folder);
        CausalLm model =
            CausalLm.of(checkpoint.config(), Heads.VOCABULARY, checkpoint, script, false);
        InferenceScope scope = InferenceScope.open()) {
      Forward forward = model.forward(batch(), 1, scope, 0);
      NDArray ones = forward.logprobs().onesLike();
      forward.backward(ones);
      return model.gradients().orElseThrow().flat().toFloatArray();
    }
  }

  /** The learner's log-probabilities are those that tokens are drawn with. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "gemma2", "gemma3", "phi3", "qwen3-moe", "qwen2-yarn"})
  void drawnTokensHaveTheLogprobsOfTheLearner(String name) {
    THREAD.call(
        () -> {
          assertThat(apart(ParityFixtures.own(name), Precision.FP32)).isLessThan(2e-5);
          return true;
        });
  }

  /** Nearly, in bfloat16; a model with experts is refused, because rounding changes the choice. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "gemma2", "gemma3", "phi3", "qwen2-yarn"})
  void drawnTokensInBfloat16HaveNearlyTheLogprobsOfTheLearner(String name) {
    THREAD.call(
        () -> {
          assertThat(apart(ParityFixtures.own(name), Precision.BF16)).isBetween(1e-5, 0.25);
          return true;
        });
  }

  private static double apart(Path folder, Precision precision) {
    int steps = 16;
    TokenIds prompt = IDS.slice(0, 10);
    TokenIds other = IDS.slice(3, 10);
    try (Kernels kernels = Kernels.load(precision);
        Checkpoint checkpoint = Checkpoint.open(folder);
        DecodeModel decode = DecodeModel.load(kernels, checkpoint.config(), checkpoint);
        DecodeBatch batch =
            decode.begin(
                List.of(prompt, other),
                1,
                new Sampling(1, 0, 1, 0, steps, true),
                new StopTokens(TokenIds.empty()));
        CausalLm learner = CausalLm.of(checkpoint.config(), Heads.VOCABULARY, checkpoint);
        InferenceScope scope = InferenceScope.open()) {
      SampledTokens first = batch.first(new float[] {0.3f, 0.6f});
      float[] uniforms = new float[2 * (steps - 1)];
      for (int i = 0; i < uniforms.length; i++) {
        uniforms[i] = (i * 37 % 100) / 100f;
      }
      List<Row> rows = new ArrayList<>();
      List<float[]> drawn = new ArrayList<>();
      SampledTokens rest = batch.next(uniforms, steps - 1, new int[] {steps, steps});
      for (int row = 0; row < 2; row++) {
        int[] ids = new int[steps];
        float[] logprobs = new float[steps];
        for (int step = 0; step < steps; step++) {
          SampledTokens from = step == 0 ? first : rest;
          ids[step] = from.id(Math.max(0, step - 1), row);
          logprobs[step] = from.logprob(Math.max(0, step - 1), row);
        }
        rows.add(new Row(row, TokenIds.of(ids)));
        drawn.add(logprobs);
      }
      float[] scored =
          learner
              .score(new SequenceBatch(List.of(prompt, other), rows), 1, scope)
              .logprobs()
              .toFloatArray();
      double worst = 0;
      for (int i = 0; i < scored.length; i++) {
        worst = Math.max(worst, Math.abs(scored[i] - drawn.get(i / steps)[i % steps]));
      }
      return worst;
    }
  }

  /** The first GPT-2's files lack {@code transformer.} and store the causal mask. */
  @Test
  void readsGpt2WithoutThePrefixAndWithItsMasks() throws IOException {
    Path source = ParityFixtures.own("gpt2");
    Files.copy(source.resolve("config.json"), folder.resolve("config.json"));
    byte[] file = Files.readAllBytes(source.resolve("model.safetensors"));
    rename(file, "transformer.", "", "transformer.h.1.ln_1.bias", "h.1.attn.bias");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("transformer.h.1.ln_1.bias: missing (expected: [48]");
    rename(file, "transformer.", "", "", "");
    try (Checkpoint bare = Checkpoint.open(folder);
        Checkpoint whole = Checkpoint.open(source)) {
      assertThat(bare.tensors()).isEqualTo(whole.tensors());
    }
  }

  @Test
  void namesAnExpertThatIsMissing() throws IOException {
    Path source = ParityFixtures.own("qwen3-moe");
    Files.copy(source.resolve("config.json"), folder.resolve("config.json"));
    byte[] file = Files.readAllBytes(source.resolve("model.safetensors"));
    String name = "model.layers.1.mlp.experts.3.up_proj.weight";
    rename(file, "", "", name, "model.layers.1.mlp.experts.4.up_proj.weight");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(name + ": missing (expected: [24, 48] by config.json)");
  }

  /** Writes {@code file} with tensors renamed: first the one called {@code old}, then all. */
  private void rename(byte[] file, String prefix, String other, String old, String changed)
      throws IOException {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) in.getLong();
    byte[] header = new byte[length];
    in.get(header);
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode read = (ObjectNode) mapper.readTree(header);
    ObjectNode written = mapper.createObjectNode();
    read.properties()
        .forEach(
            entry -> {
              String name = entry.getKey().equals(old) ? changed : entry.getKey();
              written.set(
                  name.startsWith(prefix) ? other + name.substring(prefix.length()) : name,
                  entry.getValue());
            });
    String json = new String(mapper.writeValueAsBytes(written), StandardCharsets.US_ASCII);
    Files.write(
        folder.resolve("model.safetensors"), SafetensorsBuilder.file(json.length(), json, rest));
  }

  /** Beyond them there is no embedding, and with longrope there would be other factors. */
  @Test
  void endsAtTheLearnedPositions() throws IOException {
    Path source = ParityFixtures.own("gpt2"); // 64 positions
    THREAD.call(
        () -> {
          SequenceBatch longer =
              new SequenceBatch(
                  List.of(TokenIds.of(new int[60])), List.of(new Row(0, TokenIds.of(new int[5]))));
          try (CausalLm model = CausalLm.open(source, Heads.VOCABULARY);
              InferenceScope scope = InferenceScope.open()) {
            assertThatThrownBy(() -> model.score(longer, 1, scope))
                .hasMessage("sequence: 65 tokens (expected: at most the model's 64 positions)");
          }
          return true;
        });
  }
}
