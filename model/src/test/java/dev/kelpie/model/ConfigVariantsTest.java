package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.TorchScript;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Variants of {@code config.json}, drawn and computed by {@code scripts/parity/config_variants.py}:
 * log-probabilities are those of transformers, or the file is refused by the name of a key; none is
 * silently another model.
 */
class ConfigVariantsTest {
  private static final NativeThread THREAD = NativeThread.start("model-test", 1);
  private static final int SCORED = 16;
  private static final TokenIds IDS =
      TokenIds.of(IntStream.range(0, 40).map(i -> (7 * i * i + 3 * i + 5) % 41).toArray());

  /** {@code KEY: VALUE (expected: ...), FILE} of a key of {@code config.json}. */
  private static final Pattern BY_KEY =
      Pattern.compile("(?<key>[\\w.]+): (?<value>.+) \\(expected: .+\\), .*config\\.json");

  /** The number of heads that a family has where the file names none. */
  private static final Pattern HEADS_BY_DEFAULT =
      Pattern.compile(
          "^num_key_value_heads: (4|8|32) \\(expected: a divisor of num_attention_heads");

  /** {@code FILE: NAME: ... (expected: ... config.json ...} of a weight. */
  private static final Pattern BY_WEIGHT =
      Pattern.compile("\\S+: lm_head\\.weight: .+ \\(expected: .*config\\.json.*\\)");

  /**
   * What transformers refuses and Kelpie reads, because it has one meaning: a whole number where a
   * fraction may stand, a padding token that is no token (nothing is padded), a class name without
   * a model type.
   */
  private static final Pattern HARMLESS =
      Pattern.compile(
          "Field '(rms_norm_eps|layer_norm_epsilon)' expected float, got int|_logit_softcapping'"
              + " with value 2 doesn't match|Padding_idx must be within|Should have a `model_type`"
              + " key");

  /** longrope is computed within the positions of its short factors, learned positions end. */
  private static final String BEYOND =
      "sequence: 40 tokens \\(expected: at most the model's \\d+ positions\\)";

  /** The one named case that transformers reads and Kelpie refuses: see docs/models.md. */
  private static final String CONTRADICTION = "other lm_head beside tied embeddings";

  private final Path folder;
  private final List<TorchScript> scripts = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private final SortedMap<String, Integer> counts = new TreeMap<>();

  ConfigVariantsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "mistral",
        "qwen2",
        "qwen3",
        "smollm3",
        "gpt2",
        "gemma2",
        "gemma3_text",
        "phi3",
        "qwen3_moe"
      })
  void variantsHaveTheLogprobsOfTransformersOrAreRefusedByName(String family) throws Exception {
    List<JsonNode> variants = variants(family);
    for (JsonNode variant : variants) {
      THREAD.call(
          () -> {
            check(variant);
            return true;
          });
    }
    scripts.forEach(TorchScript::close);
    assertThat(wrong).as("%s: %s", family, counts).isEmpty();
    assertThat(variants.size()).isGreaterThanOrEqualTo(200);
    assertThat(counts.get("equal")).as("%s", counts).isGreaterThan(variants.size() / 2);
  }

  /** transformers' LlamaForSequenceClassification; ClassifierParityTest has what it computes. */
  @Test
  void rewardModelsHaveTheParametersOfTransformersOrAreRefusedByName() throws IOException {
    List<JsonNode> variants = variants("llama-reward");
    for (JsonNode variant : variants) {
      Files.writeString(folder.resolve("config.json"), variant.get("config").asText());
      String theirs = variant.path("refused").asText();
      try {
        ModelConfig config = ModelConfig.open(folder);
        long parameters = config.parameterCount();
        boolean other = config.labels() == 0; // without architectures it is a language model
        if (!other
            && !HARMLESS.matcher(theirs).find()
            && (!theirs.isEmpty() || parameters != variant.get("parameters").asLong())) {
          wrong.add(parameters + " parameters: " + variant);
        }
        count(other ? "another class" : "equal");
      } catch (CheckpointException e) {
        requireName(variant, e);
        count("refused");
      }
    }
    assertThat(wrong).as("%s", counts).isEmpty();
    assertThat(variants.size()).isGreaterThanOrEqualTo(200);
    assertThat(counts.get("equal")).as("%s", counts).isGreaterThan(variants.size() * 6 / 10);
  }

  private void check(JsonNode variant) throws IOException {
    String name = variant.get("name").asText();
    String theirs = variant.path("refused").asText();
    try {
      double apart = distance(variant);
      if (HARMLESS.matcher(theirs).find()) {
        count("accepted as harmless");
      } else if (!theirs.isEmpty()) {
        count("accepted, refused by transformers");
        wrong.add(name + ": accepted; transformers: " + theirs + ": " + variant.get("config"));
      } else if (!(apart <= 1e-4)) {
        count("different");
        wrong.add(name + ": " + apart + " apart: " + variant.get("config").asText());
      } else {
        count("equal");
      }
    } catch (IllegalArgumentException e) { // the sequence is longer than the model's positions
      assertThat(e).hasMessageMatching(BEYOND);
      count("beyond the positions");
    } catch (CheckpointException e) {
      count(theirs.isEmpty() ? "refused" : "refused by both");
      if (theirs.isEmpty() && !name.startsWith("seed ") && !name.equals(CONTRADICTION)) {
        wrong.add(name + ": refused, though it is one of the named cases: " + e.getMessage());
      }
      requireName(variant, e);
    }
  }

  /** A refusal names a key that the file has with that value, or lacks, or the weight. */
  private void requireName(JsonNode variant, CheckpointException refusal) throws IOException {
    String message = String.valueOf(refusal.getMessage());
    String head = variant.get("head").asText();
    Matcher byKey = BY_KEY.matcher(message);
    boolean named;
    if (byKey.matches()) {
      JsonNode at = new ObjectMapper().readTree(variant.get("config").asText());
      for (String name : byKey.group("key").split("\\.", -1)) {
        at = at.path(name);
      }
      named =
          named(at, byKey.group("value"))
              || (at.isMissingNode() && HEADS_BY_DEFAULT.matcher(message).find());
    } else {
      named = BY_WEIGHT.matcher(message).matches() && (head.equals("own") || head.equals("none"));
    }
    if (!named) {
      wrong.add(variant.get("name") + ": " + message + ": " + head + variant.get("config"));
    }
  }

  private static boolean named(JsonNode given, String value) {
    if (given.isMissingNode()) {
      return value.equals("missing");
    }
    return value.equals(given.toString())
        || (given.isArray() && value.equals(given.size() + " entries"))
        || (value.endsWith("...") && given.toString().startsWith(value.replace("...", "")));
  }

  /** The largest difference of a log-probability; 0 where transformers has none. */
  private double distance(JsonNode variant) throws IOException {
    write(variant);
    try (Checkpoint checkpoint = Checkpoint.open(folder);
        CausalLm model =
            CausalLm.of(checkpoint.config(), Heads.VOCABULARY, checkpoint, script(), false);
        InferenceScope scope = InferenceScope.open()) {
      int prompt = IDS.length() - SCORED;
      SequenceBatch batch =
          new SequenceBatch(
              List.of(IDS.slice(0, prompt)), List.of(new Row(0, IDS.slice(prompt, IDS.length()))));
      float[] ours = model.score(batch, 1, scope).logprobs().toFloatArray();
      assertThat(ours).hasSize(SCORED);
      double worst = 0;
      for (int i = 0; i < variant.path("logprobs").size(); i++) {
        worst = Math.max(worst, Math.abs(ours[i] - variant.path("logprobs").get(i).asDouble()));
      }
      if (variant.has("parameters")) {
        assertThat(model.config().parameterCount()).isEqualTo(variant.get("parameters").asLong());
        assertThat(StopTokens.open(folder).ids().toArray())
            .containsExactly(stops(variant.get("stops")));
      }
      return worst;
    }
  }

  /** One script for all models; compiling it takes longer than they do. */
  private TorchScript script() {
    if (scripts.isEmpty()) {
      scripts.add(TrainScript.load());
    }
    return scripts.get(0);
  }

  private static int[] stops(JsonNode node) {
    if (node.isInt()) {
      return new int[] {node.intValue()};
    }
    return IntStream.range(0, node.size()).map(i -> node.get(i).intValue()).toArray();
  }

  private void write(JsonNode variant) throws IOException {
    Files.writeString(folder.resolve("config.json"), variant.get("config").asText());
    ModelConfig config = ModelConfig.open(folder);
    Map<String, List<Long>> shapes = config.parameters();
    FormulaWeights weights = new FormulaWeights();
    shapes.forEach((name, shape) -> weights.put(name, shape, name));
    String embeddingName = config.names().embedding() + ".weight";
    List<Long> embedding = shapes.getOrDefault(embeddingName, List.of());
    switch (variant.get("head").asText()) {
      case "own" -> weights.put(TiedHead.NAME, embedding, TiedHead.NAME);
      case "embedding" -> weights.put(TiedHead.NAME, embedding, embeddingName);
      case "none" -> weights.remove(TiedHead.NAME);
      default -> {} // as config.json calls for
    }
    Files.write(folder.resolve("model.safetensors"), weights.file());
  }

  private void count(String kind) {
    counts.merge(kind, 1, Integer::sum);
  }

  private static List<JsonNode> variants(String family) throws IOException {
    Path file = Path.of("src/test/resources/config-variants").resolve(family + ".jsonl.gz");
    List<JsonNode> variants = new ArrayList<>();
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        variants.add(new ObjectMapper().readTree(line));
      }
    }
    return variants;
  }
}
