package dev.kelpie.experience.scoring;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import java.util.HashMap;
import java.util.Map;

/**
 * Per-token log-probabilities that were computed for one response.
 *
 * @param byName by the name of their {@link ScoreRequest}
 */
public record SampleNumbers(Map<String, PerToken> byName) {
  /** None. */
  public static final SampleNumbers NONE = new SampleNumbers(Map.of());

  public SampleNumbers {
    byName = Map.copyOf(byName);
  }

  /** Those of {@code sample} among the numbers by request and sample. */
  public static SampleNumbers of(Map<String, Map<SampleId, PerToken>> numbers, SampleId sample) {
    Map<String, PerToken> own = new HashMap<>();
    numbers.forEach(
        (name, bySample) -> {
          PerToken found = bySample.get(sample);
          if (found != null) {
            own.put(name, found);
          }
        });
    return own.isEmpty() ? NONE : new SampleNumbers(own);
  }

  /** The numbers of the request {@code name}. */
  public PerToken get(String name) {
    PerToken numbers = byName.get(name);
    if (numbers == null) {
      throw new IllegalStateException(
          "log-probabilities \"" + name + "\": none (expected: one of " + byName.keySet() + ")");
    }
    return numbers;
  }
}
