package dev.kelpie.learner.reward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.algorithms.score.ScoreLosses;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.TokenIds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetaStepTest {
  private static final Path CONFIG = Path.of("../configs/methods/bare.conf");
  private static final int PAD = 0;

  /** Four prompts of a token each, whose first response is {@code first} and a token more. */
  private static PromptSource rows(int first) {
    List<Prompt> rows = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<GivenResponse> responses =
          List.of(given(TokenIds.of(first, 4 + i, 2)), given(TokenIds.of(9, 9, 10 + i, 2)));
      TokenIds prompt = TokenIds.of(1, 4 + i);
      rows.add(new Prompt("row " + i, "", prompt, Optional.empty(), Map.of(), responses));
    }
    return new PromptSource() {
      @Override
      public long size() {
        return rows.size();
      }

      @Override
      public Prompt at(long position) {
        return rows.get((int) position);
      }
    };
  }

  private static GivenResponse given(TokenIds tokens) {
    return new GivenResponse(Origin.POLICY, "", tokens, FinishReason.STOP);
  }

  private static List<Map<String, Double>> train(
      Path folder, Optional<FreshPairs> fresh, double rate) throws IOException {
    Files.createDirectories(folder);
    Experiment experiment =
        ExperimentFiles.load(
                CONFIG,
                List.of(
                    "reward-model.steps=3",
                    "reward-model.batch-size=4",
                    "reward-model.held-out=0",
                    "reward-model.head-std=0.02",
                    "reward-model.meta.rate=" + rate,
                    "reward-model.meta.batch-size=3",
                    "learner.minibatches=1"))
            .experiment();
    var loss = ScoreLosses.of(experiment.rewardModel().loss());
    RewardPairs pairs = RewardPairs.open(experiment, rows(6), Optional.empty(), loss, PAD);
    var files = new RewardModelRun.PairFiles("rows", "hash", 4, Optional.empty(), Optional.empty());
    List<Map<String, Double>> steps = new ArrayList<>();
    RewardModelListener kept =
        new RewardModelListener() {
          @Override
          public void report(int member, int step, int all, Map<String, Double> numbers) {
            steps.add(numbers);
          }

          @Override
          public boolean stops() {
            return false;
          }
        };
    new RewardModelRun(experiment, pairs, loss, PAD, files, fresh).train(folder, false, kept);
    return steps;
  }

  private static double number(Map<String, Double> step, String more) {
    return step.getOrDefault("reward_model/meta/difference" + more, Double.NaN);
  }

  private static long mismatch(Path one, Path other) throws IOException {
    return Files.mismatch(one.resolve("model.safetensors"), other.resolve("model.safetensors"));
  }

  @Test
  void raisesTheDistanceAndLeavesTheWeightsWhereTheyWere(@TempDir Path folder) throws IOException {
    Optional<FreshPairs> fresh = Optional.of(new FreshPairs(rows(7), "run", "hash", PAD));
    Path plain = folder.resolve("plain");
    Path still = folder.resolve("still");
    Path moved = folder.resolve("moved");
    train(plain, Optional.empty(), 1);
    train(still, fresh, 1e-30); // too small for any weight to move
    for (Map<String, Double> step : train(moved, fresh, 1e-3)) {
      assertThat(number(step, "_after")).isGreaterThan(number(step, ""));
    }
    assertThat(mismatch(plain, still)).isEqualTo(-1);
    assertThat(mismatch(plain, moved)).isNotEqualTo(-1);
  }
}
