package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.WeightsArrow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that train a low-rank adapter. */
class AdapterRunTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void anAdapterAloneIsPublishedAndSavedAndAResumedRunHasTheSameBits() throws Exception {
    TrainedRuns runs =
        new TrainedRuns(
            folder, List.of("eval.path=", "rollout.prompts-per-step=4", "rollout.group-size=2"));
    runs.train("full", "quickstart.conf", "run.steps=1");
    Path base = folder.resolve("full/checkpoints/step-1/learner/policy");
    String[] whole = {
      "policy.init=checkpoint",
      "policy.path=\"" + base + "\"",
      "policy.lora={ rank = 2, targets = [q_proj, v_proj] }",
      "algorithm.kl.coef=0.04",
      "checkpoint.every=1",
      "run.steps=2"
    };
    String[] part = whole.clone();
    part[part.length - 1] = "run.steps=1";
    runs.train("whole", "quickstart.conf", whole);
    runs.train("parts", "quickstart.conf", part);
    assertThat(runs.resume("parts", 2).get("policy-sha256"))
        .isEqualTo(runs.summary("whole").get("policy-sha256"));
    assertThat(runs.summary("whole").at("/ledger/clean").asBoolean()).isTrue();
    // The second step is sampled with the merged adapter and scored with the unmerged one.
    assertThat(runs.metric("whole", 2, "kl/ref_k3")).isPositive();
    assertThat(runs.metric("whole", 2, "mismatch/logprob_abs_diff_max"))
        .isPositive()
        .isLessThan(1e-4);
    assertThat(AdapterFolder.is(folder.resolve("whole/checkpoints/step-2/learner/policy")))
        .isTrue();
    Path published = folder.resolve("whole/weights/policy-v2.arrow");
    try (MappedWeights weights = WeightsArrow.open(published)) {
      assertThat(weights.tensors())
          .allMatch(tensor -> tensor.name().contains("lora_"))
          .hasSizeGreaterThan(4);
    }
    assertThat(Files.size(published))
        .isLessThan(Files.size(folder.resolve("full/weights/policy-v1.arrow")) / 20);
  }
}
