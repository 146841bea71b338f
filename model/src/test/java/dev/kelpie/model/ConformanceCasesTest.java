package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.ScriptSource;
import dev.kelpie.tensors.TorchScript;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Compares log-probabilities, entropies and filters of the sampler with numbers that other
 * frameworks computed. The cases are packed in the test resources of the module algorithms; {@code
 * -Dkelpie.conformance=DIR} takes those of another folder instead. The scripts that runs use
 * compute them, in double.
 */
class ConformanceCasesTest {
  private static final Path PACKED =
      Path.of("../algorithms/src/test/resources/dev/kelpie/algorithms/conformance.zip");

  /** Filters that the sampler does not have; an experiment that names one is refused. */
  private static final List<String> NOT_OFFERED =
      List.of("repetition-penalty", "ngram", "min-new-tokens");

  private static final int PACKED_PASSES = 22;

  private static final String MAIN =
      """
      class Cases(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def filtered(self, logits: Tensor, hidden: Tensor, k: int, p: float, m: float) -> Tensor:
          q = __torch__.sampling.filtered(logits, hidden, k, p, m)
          return torch.log(torch.div(q, torch.sum(q, [1], True)))
        def vocabulary(self, h: Tensor, w: Tensor, target: Tensor, scale: float, logprobs: Tensor, entropy: Tensor, lse: Tensor, logprobs_g: Tensor, entropy_g: Tensor, gw: Tensor, gh: Tensor) -> None:
          a = __torch__.train_vocabulary.forward(h, w, target, scale, 0., logprobs, entropy, lse)
          b = __torch__.train_vocabulary.backward(h, w, gw, target, scale, 0., lse, [logprobs_g, entropy_g, entropy_g, entropy], True, gh)
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  private static TorchScript script;

  @BeforeAll
  static void loadScript() {
    script =
        TorchScript.load(
            "Cases",
            List.of(
                new ScriptSource("cases", MAIN),
                ScriptSource.resource(DecodeModel.class, "sampling.py"),
                ScriptSource.resource(TrainScript.class, "train_vocabulary.py"),
                ScriptSource.resource(TrainScript.class, "train_products.py"),
                ScriptSource.resource(TrainScript.class, "train_weights.py"),
                ScriptSource.resource(TrainScript.class, "train_gemm_aten.py", "gemm")));
  }

  @AfterAll
  static void closeScript() {
    script.close();
  }

  @Test
  void everyCaseOfAFilterThatTheSamplerHasIsMet() throws IOException {
    String other = System.getProperty("kelpie.conformance", "");
    if (!other.isEmpty()) {
      Path started = Path.of(System.getProperty("kelpie.started.in", ""));
      run(started.resolve(other));
      return;
    }
    try (FileSystem packed = FileSystems.newFileSystem(PACKED)) {
      assertThat(run(packed.getPath("/"))).isEqualTo(PACKED_PASSES);
    }
  }

  /** Returns how many cases pass. */
  private static int run(Path folder) throws IOException {
    int passed = 0;
    List<String> failures = new ArrayList<>();
    for (JsonNode example : read(folder)) {
      if (NOT_OFFERED.stream().anyMatch(option -> example.get("options").has(option))) {
        continue;
      }
      double error = error(example);
      if (error <= example.get("tolerance").doubleValue()) {
        passed++;
      } else {
        failures.add(example.get("id").textValue() + " " + error);
      }
    }
    assertThat(failures).isEmpty();
    assertThat(passed).as("cases that pass").isPositive();
    return passed;
  }

  private static List<JsonNode> read(Path folder) throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (String kind : List.of("logprobs", "sampling")) {
      if (Files.isDirectory(folder.resolve(kind))) {
        try (Stream<Path> files = Files.list(folder.resolve(kind))) {
          for (Path file : files.sorted().toList()) {
            cases.add(JSON.readTree(Files.readAllBytes(file)));
          }
        }
      }
    }
    return cases;
  }

  private static double error(JsonNode example) {
    try (InferenceScope scope = InferenceScope.open()) {
      return example.get("kind").textValue().equals("sampling")
          ? filters(example, scope)
          : vocabulary(example, scope);
    }
  }

  private static double filters(JsonNode example, InferenceScope scope) {
    JsonNode options = example.get("options");
    NDArray logits = rows(example.get("inputs").get("logits"), scope); // [B, V]
    logits = logits.div(options.path("temperature").asDouble(1)); // [B, V]
    NDList got =
        script.run(
            scope,
            "filtered",
            logits,
            scope.longs(new long[0], 0),
            options.path("top-k").asInt(0),
            options.path("top-p").asDouble(1),
            options.path("min-p").asDouble(0));
    return worst(example.get("expected").get("logprobs"), got.get(0));
  }

  /** The head of a model whose hidden states are the logits and whose weight is the identity. */
  private static double vocabulary(JsonNode example, InferenceScope scope) {
    JsonNode inputs = example.get("inputs");
    JsonNode expected = example.get("expected");
    NDArray logits = rows(inputs.get("logits"), scope); // [M, V]
    long tokens = logits.getShape().get(0);
    int size = (int) logits.getShape().get(1);
    boolean gather = example.get("type").textValue().equals("gather");
    long[] labels =
        gather
            ? DoubleStream.of(flat(inputs.get("labels"))).mapToLong(x -> (long) x).toArray()
            : new long[(int) tokens];
    NDArray identity = scope.manager().eye(size).toType(logits.getDataType(), true); // [V, V]
    NDArray logprobs = column(scope, new double[(int) tokens]); // [M]
    NDArray entropy = logprobs.duplicate(); // [M]
    NDArray upstream = gather ? column(scope, flat(inputs.get("upstream"))) : logprobs.duplicate();
    NDArray gradient = logits.zerosLike(); // [M, V]
    script.run(
        scope,
        "vocabulary",
        logits,
        identity,
        scope.longs(labels, labels.length),
        1 / example.get("options").path("temperature").asDouble(1),
        logprobs,
        entropy,
        logprobs.duplicate(),
        upstream,
        gather ? entropy.zerosLike() : entropy.onesLike(),
        identity.zerosLike(),
        gradient);
    return Math.max(
        gather
            ? worst(expected.get("logprobs"), logprobs)
            : worst(expected.get("entropy"), entropy),
        worst(expected.get("grad-logits"), gradient));
  }

  private static NDArray column(InferenceScope scope, double[] numbers) {
    return scope.manager().create(numbers); // [M]
  }

  private static NDArray rows(JsonNode matrix, InferenceScope scope) {
    double[] numbers = flat(matrix);
    JsonNode row = matrix.get(0);
    while (row.get(0).isArray()) {
      row = row.get(0);
    }
    int width = row.size();
    return scope.manager().create(numbers).reshape(numbers.length / width, width); // [M, V]
  }

  /** The largest error; null is minus infinity and must be met by it alone. */
  private static double worst(JsonNode expected, NDArray got) {
    double[] wanted = flat(expected);
    double[] numbers = got.toDoubleArray();
    double worst = wanted.length == numbers.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(wanted.length, numbers.length); i++) {
      double error =
          wanted[i] == numbers[i]
              ? 0
              : Math.abs(numbers[i] - wanted[i]) / Math.max(1, Math.abs(wanted[i]));
      worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
    }
    return worst;
  }

  private static double[] flat(JsonNode numbers) {
    if (numbers.isNull()) {
      return new double[] {Double.NEGATIVE_INFINITY};
    } else if (numbers.isNumber()) {
      return new double[] {numbers.doubleValue()};
    }
    DoubleStream all = DoubleStream.empty();
    for (JsonNode part : numbers) {
      all = DoubleStream.concat(all, DoubleStream.of(flat(part)));
    }
    return all.toArray();
  }
}
