package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Experiment.Rollout.Precision;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Greedy generation equals transformers', token by token. */
class DecodeModelParityTest {
  private static final int NEW_TOKENS = 24;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa", "llama-tied-rope3", "llama-bias", "llama-bf16", "llama-sharded",
        "mistral-swa", "qwen2", "qwen3", "smollm2", "smollm3"
      })
  void greedyTokensEqualTransformers(String name) {
    Path folder = SharedFixtures.model(name);
    try (NativeThread thread = NativeThread.start("decode", 2)) {
      thread.call(
          () -> {
            try (Kernels kernels = Kernels.load(Precision.AUTO)) {
              check(folder, kernels);
            }
            return true;
          });
    }
  }

  /** The products of platforms without oneDNN. */
  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa", "llama-bias", "smollm2"})
  void greedyTokensEqualTransformersWithoutOneDnn(String name) {
    Path folder = SharedFixtures.model(name);
    try (NativeThread thread = NativeThread.start("decode", 2)) {
      thread.call(
          () -> {
            try (Kernels kernels = Kernels.aten(false)) {
              assertThat(kernels.name()).isEqualTo("ATen float32");
              check(folder, kernels);
            }
            return true;
          });
    }
  }

  private static void check(Path folder, Kernels kernels) {
    try (ReferenceArrays expected = ReferenceArrays.open(folder);
        Checkpoint checkpoint = Checkpoint.open(folder);
        DecodeModel model = DecodeModel.load(kernels, checkpoint.config(), checkpoint)) {
      List<TokenIds> prompts = prompts(expected);
      long[] free = expected.longs("greedy.new_ids_no_eos");
      for (int steps : new int[] {1, 8, 23}) {
        long[] ids = generate(model, prompts, steps, new StopTokens(TokenIds.empty()));
        assertThat(ids).as("%d steps per call", steps).isEqualTo(free);
      }
      StopTokens stops = StopTokens.open(folder);
      long[] stopped = expected.longs("greedy.new_ids");
      long[] ids = generate(model, prompts, 8, stops);
      assertThat(cut(ids, stops)).isEqualTo(stopped);
    }
  }

  /** The prompts without their padding. */
  static List<TokenIds> prompts(ReferenceArrays expected) {
    long[] ids = expected.longs("greedy.prompt_ids");
    long[] mask = expected.longs("greedy.attention_mask");
    int width = ids.length / 3;
    List<TokenIds> prompts = new ArrayList<>();
    for (int row = 0; row < 3; row++) {
      int first = row * width;
      while (mask[first] == 0) {
        first++;
      }
      prompts.add(TokenIds.of(Arrays.copyOfRange(ids, first, (row + 1) * width)));
    }
    return prompts;
  }

  private static long[] generate(
      DecodeModel model, List<TokenIds> prompts, int steps, StopTokens stops) {
    Sampling sampling = new Sampling(0, 0, 1, 0, NEW_TOKENS, false);
    long[] ids = new long[prompts.size() * NEW_TOKENS];
    try (DecodeBatch batch = model.begin(prompts, 1, sampling, stops)) {
      int length = 0;
      SampledTokens drawn = batch.first(new float[prompts.size()]);
      while (true) {
        for (int row = 0; row < prompts.size(); row++) {
          for (int step = 0; step < drawn.steps(); step++) {
            ids[row * NEW_TOKENS + length + step] = drawn.id(step, row);
            assertThat(drawn.sampledLogprob(step, row)).isZero();
          }
        }
        length += drawn.steps();
        int wanted = Math.min(steps, NEW_TOKENS - length);
        if (wanted == 0) {
          return ids;
        }
        int[] left = new int[prompts.size()];
        Arrays.fill(left, NEW_TOKENS - length);
        drawn = batch.next(new float[prompts.size() * wanted], wanted, left);
        if (stops.ids().length() > 0 && drawn.steps() < wanted) {
          copy(ids, drawn, length);
          return ids;
        }
      }
    }
  }

  private static void copy(long[] ids, SampledTokens drawn, int length) {
    for (int row = 0; row < ids.length / NEW_TOKENS; row++) {
      for (int step = 0; step < drawn.steps(); step++) {
        ids[row * NEW_TOKENS + length + step] = drawn.id(step, row);
      }
    }
  }

  /** Zeros after the first stop token of each row. */
  private static long[] cut(long[] ids, StopTokens stops) {
    long[] cut = ids.clone();
    for (int row = 0; row < cut.length / NEW_TOKENS; row++) {
      boolean ended = false;
      for (int i = row * NEW_TOKENS; i < (row + 1) * NEW_TOKENS; i++) {
        cut[i] = ended ? 0 : cut[i];
        ended |= stops.contains((int) cut[i]);
      }
    }
    return cut;
  }
}
