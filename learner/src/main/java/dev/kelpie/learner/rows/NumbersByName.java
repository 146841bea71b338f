package dev.kelpie.learner.rows;

import ai.djl.ndarray.NDArray;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Numbers that models give the tokens of a step's responses, by their name. */
final class NumbersByName {
  private final Map<String, Map<SampleId, PerToken>> numbers = new HashMap<>();

  /** Takes over the numbers of a batch. */
  void putAll(TrainingBatch batch) {
    batch.numbers().forEach((name, bySample) -> numbers.put(name, new HashMap<>(bySample)));
  }

  /** Takes over those of {@code other}. */
  void putAll(NumbersByName other) {
    other.numbers.forEach((name, bySample) -> numbers.put(name, new HashMap<>(bySample)));
  }

  /** The numbers {@code name} of a response, if it has any. */
  Optional<PerToken> find(String name, SampleId response) {
    return Optional.ofNullable(numbers.getOrDefault(name, Map.of()).get(response));
  }

  /** All numbers of a response, summed over its tokens, by their name. */
  Map<String, Double> sums(SampleId response) {
    Map<String, Double> sums = new HashMap<>();
    numbers.forEach(
        (name, bySample) -> {
          PerToken own = bySample.get(response);
          if (own != null) {
            sums.put(name, own.sum());
          }
        });
    return sums;
  }

  /** The numbers {@code name} of a response; throws if there are none. */
  PerToken get(String name, Trajectory response) {
    PerToken given = numbers.getOrDefault(name, Map.of()).get(response.id());
    if (given == null || given.length() != response.response().length()) {
      throw new IllegalStateException(
          response.id() + ": no numbers " + name + " (expected: one for each token)");
    }
    return given;
  }

  /** Keeps row {@code b} of {@code array} [B, R] under {@code name}. */
  void put(String name, Trajectory response, float[] array, int b, int width) {
    int length = response.response().length();
    numbers
        .computeIfAbsent(name, n -> new HashMap<>())
        .put(response.id(), PerToken.of(Arrays.copyOfRange(array, b * width, b * width + length)));
  }

  /** Keeps the rows of {@code array} [B, R] under {@code name}. */
  void put(String name, StepRows rows, Microbatch batch, NDArray array) {
    float[] all = array.toFloatArray();
    int width = batch.sequences().width();
    for (int b = 0; b < batch.rows().size(); b++) {
      put(name, rows.row(batch.rows().get(b)).trajectory(), all, b, width);
    }
  }
}
