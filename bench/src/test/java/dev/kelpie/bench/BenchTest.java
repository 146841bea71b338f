package dev.kelpie.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.DOUBLE;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.RolloutOptions.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks that the benchmarks measure what they report; speed itself is not tested. */
class BenchTest {
  private static final Path POLICY = Path.of("../configs/quickstart/policy");

  @Test
  void decodingTellsTheFieldsOfThePeers() {
    Map<String, Object> line =
        DecodeBench.run(
            POLICY, StepBench.rollout(2, Precision.FP32, 8), new DecodeBench.Options(4, 16, 8, 2));

    assertThat(line).containsKeys("step_s", "steps_s", "tokens_per_s", "peak_mib");
    assertThat(line).containsEntry("mean_length", 8.0).containsEntry("rows", 4);
  }

  @Test
  void stepsFollowTheLengthsOfTheFileUpToTheLongest(@TempDir Path temp) throws Exception {
    Path lengths = Files.writeString(temp.resolve("lengths.json"), "[[20, 3, 4, 5]]");
    Map<String, Object> line =
        StepBench.run(
            POLICY,
            new StepBench.Options(
                2, 2, 16, 8, 2, 2, Precision.FP32, LearnerOptions.Precision.BF16, lengths));

    assertThat(line).containsKeys("step_s", "steps_s", "tokens_per_s", "peak_mib");
    assertThat(line).containsEntry("mean_length", 5.0);
  }

  @Test
  void anUpdateOfPairsStartsAtTheLogarithmOfTwo() {
    Map<String, Object> line =
        PairsBench.run(
            POLICY, new PairsBench.Options(3, 6, 5, 2, 2, LearnerOptions.Precision.FP32));

    assertThat(line).containsKeys("step_s", "steps_s", "peak_mib");
    assertThat(line.get("losses"))
        .asInstanceOf(LIST)
        .first(DOUBLE)
        .isCloseTo(Math.log(2), within(1e-6)); // the policy is its reference
  }
}
