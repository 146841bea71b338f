package dev.kelpie.cli.methods;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.wire.arrow.ChunkedWeightHash;
import dev.kelpie.wire.arrow.WeightHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Weights that a run wrote or began with, as a model that scores texts. */
record Weights(Path folder) {
  private static final int VOCABULARY = 19;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Path START = Shipped.configs().resolve("quickstart/policy");

  /** What every run begins with. */
  static Weights ofTheStart() {
    return new Weights(START);
  }

  /** The policy after a step of a run that kept its checkpoint. */
  static Weights after(Recorded run, long step) {
    return new Weights(run.folder().resolve("checkpoints/step-" + step + "/learner/policy"));
  }

  /** The process reward model after a step of a run that kept its checkpoint. */
  static Weights ofProcessReward(Recorded run, long step) {
    return new Weights(
        run.folder().resolve("checkpoints/step-" + step + "/learner/process-reward"));
  }

  /** Summed log-probability of a response under its own prompt. */
  double logprob(Trajectory trajectory) {
    return Numbers.sum(logprobs(trajectory.prompt().tokens(), trajectory.response()));
  }

  /** Summed log-probability of a response under another text as the prompt. */
  double logprob(String prompt, Trajectory trajectory) {
    return Numbers.sum(logprobs(encoded(prompt), trajectory.response()));
  }

  /** Log-probability of each token of a response. */
  double[] logprobs(TokenIds prompt, TokenIds response) {
    SequenceBatch batch =
        new SequenceBatch(List.of(prompt), List.of(new SequenceBatch.Row(0, response)));
    float[] numbers = scored(batch);
    double[] all = new double[numbers.length];
    for (int t = 0; t < all.length; t++) {
      all[t] = numbers[t];
    }
    return all;
  }

  /** Log-probability of each token of the vocabulary [V] at each token of a response [R]. */
  double[][] vocabulary(TokenIds prompt, TokenIds response) {
    List<TokenIds> prompts = new ArrayList<>();
    List<SequenceBatch.Row> rows = new ArrayList<>();
    int[] before = Arrays.copyOf(prompt.toArray(), prompt.length() + response.length());
    for (int t = 0; t < response.length(); t++) {
      prompts.add(TokenIds.of(Arrays.copyOf(before, prompt.length() + t)));
      for (int v = 0; v < VOCABULARY; v++) {
        rows.add(new SequenceBatch.Row(t, TokenIds.of(v)));
      }
      before[prompt.length() + t] = response.get(t);
    }
    float[] numbers = scored(new SequenceBatch(prompts, rows));
    double[][] all = new double[response.length()][VOCABULARY];
    for (int i = 0; i < numbers.length; i++) {
      all[i / VOCABULARY][i % VOCABULARY] = numbers[i];
    }
    return all;
  }

  private float[] scored(SequenceBatch batch) {
    try (CausalLm model = CausalLm.open(folder, Heads.VOCABULARY);
        InferenceScope scope = InferenceScope.open()) {
      NDArray logprobs = model.score(batch, 1, scope).logprobs(); // [B, R]
      return logprobs.toFloatArray();
    }
  }

  /** The hash of these weights by their chunks, which the journal has of the policy's. */
  String chunkedHash() {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      return ChunkedWeightHash.of(checkpoint);
    }
  }

  /** The hash of these weights by their bytes. */
  String hash() {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      return WeightHash.of(checkpoint);
    }
  }

  /** All tensors, float32, by their names. */
  Map<String, float[]> tensors() {
    try {
      ByteBuffer file =
          ByteBuffer.wrap(Files.readAllBytes(folder.resolve("model.safetensors")))
              .order(ByteOrder.LITTLE_ENDIAN);
      int header = Math.toIntExact(file.getLong());
      byte[] text = new byte[header];
      file.get(text);
      Map<String, float[]> tensors = new TreeMap<>();
      JSON.readTree(text)
          .properties()
          .forEach(
              entry -> {
                JsonNode range = entry.getValue().path("data_offsets");
                if (range.isArray()) {
                  float[] numbers = new float[(range.get(1).asInt() - range.get(0).asInt()) / 4];
                  file.position(8 + header + range.get(0).asInt());
                  file.asFloatBuffer().get(numbers);
                  tensors.put(entry.getKey(), numbers);
                }
              });
      return tensors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The tokens of a prompt, which begins with the token that every text begins with. */
  static TokenIds encoded(String prompt) {
    return encoded(prompt, true);
  }

  /** The tokens of a text within others. */
  static TokenIds text(String text) {
    return encoded(text, false);
  }

  private static TokenIds encoded(String text, boolean special) {
    try (Tokenizer tokenizer = Tokenizer.open(START)) {
      return tokenizer.encode(text, special);
    }
  }
}
