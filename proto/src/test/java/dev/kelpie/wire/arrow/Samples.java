package dev.kelpie.wire.arrow;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;

/** Trajectories to write and read. */
public final class Samples {
  private Samples() {}

  static SampleId id(int prompt, int sample) {
    return new SampleId(new GroupId(Purpose.ROLLOUT, 3, prompt), sample, 1);
  }

  /** A response of {@code length} tokens whose numbers follow from its id. */
  public static Trajectory trajectory(int prompt, int sample, int length) {
    Random random = new Random(31L * prompt + sample);
    float[] rollout = new float[length];
    float[] sampled = new float[length];
    long[] versions = new long[length];
    for (int i = 0; i < length; i++) {
      rollout[i] = -random.nextFloat();
      sampled[i] = -random.nextFloat();
      versions[i] = 5L + i / 2;
    }
    return new Trajectory(
        id(prompt, sample),
        prompt(prompt),
        TokenIds.of(random.ints(length, 0, 50_000).toArray()),
        "antwoord " + sample + " \u00e9\n\ud83d\udc15",
        PerToken.of(rollout),
        PerToken.of(sampled),
        TokenVersions.of(versions),
        sample % 2 == 0 ? FinishReason.STOP : FinishReason.LENGTH,
        Origin.POLICY,
        new Sampling(0.7, 50, 0.95, 0.01, 64, sample % 2 == 0));
  }

  /** A response that came with its prompt: without log-probabilities and versions. */
  static Trajectory given(int prompt, int sample) {
    Origin origin = new Origin("gold", Provenance.HUMAN, OptionalDouble.of(0.25));
    return Trajectory.given(
        id(prompt, sample),
        prompt(prompt),
        new GivenResponse(origin, "four", TokenIds.of(4, 2), FinishReason.STOP),
        new Sampling(1, 0, 1, 0, 64, false));
  }

  private static Prompt prompt(int index) {
    boolean plain = index % 2 == 0;
    return new Prompt(
        "train.jsonl:" + index,
        "What is " + index + " + 1? \u2192",
        TokenIds.of(IntStream.rangeClosed(1, 3 + index).toArray()),
        plain ? Optional.empty() : Optional.of(""),
        plain ? Map.of() : Map.of("level", "2", "source", "made", "empty", ""));
  }
}
