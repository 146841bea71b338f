package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.RolloutOptions.Precision;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.model.merged.PolicyWeights;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Greedy generation equals transformers', token by token. */
@ExtendWith(ParityTally.class)
class DecodeModelParityTest {
  static List<String> models() {
    return ParityFixtures.models();
  }

  @ParameterizedTest
  @MethodSource("models")
  void greedyTokensEqualTransformers(String name) throws Exception {
    check(name, () -> Kernels.load(Precision.AUTO));
  }

  /** The products of platforms without oneDNN. */
  @ParameterizedTest
  @MethodSource("models")
  void greedyTokensEqualTransformersWithoutOneDnn(String name) throws Exception {
    check(name, () -> Kernels.aten(false));
  }

  private static void check(String name, Supplier<Kernels> program) throws Exception {
    Path folder = ParityFixtures.folder(name);
    try (NativeThread thread = NativeThread.start("decode", 2)) {
      ParityFixtures.check(
          name,
          true,
          () ->
              thread.call(
                  () -> {
                    try (Kernels kernels = program.get()) {
                      check(folder, kernels);
                    }
                    return true;
                  }));
    }
  }

  private static void check(Path folder, Kernels kernels) {
    Path base = ParityFixtures.base(folder);
    try (ReferenceArrays expected = ReferenceArrays.open(folder);
        PolicyWeights weights = PolicyWeights.open(base, adapter(folder));
        DecodeModel model = DecodeModel.load(kernels, ModelConfig.open(base), weights)) {
      List<TokenIds> prompts = prompts(expected);
      int tokens = expected.longs("greedy.new_ids").length / prompts.size();
      if (!AdapterFolder.is(folder)) { // of these there are no tokens behind the end
        long[] free = expected.longs("greedy.new_ids_no_eos");
        for (int steps : new int[] {1, 8, 23}) {
          long[] ids = generate(model, prompts, tokens, steps, new StopTokens(TokenIds.empty()));
          assertThat(ids).as("%d steps per call", steps).isEqualTo(free);
        }
      }
      StopTokens stops =
          AdapterFolder.is(folder) // they were run without generation_config.json
              ? new StopTokens(TokenIds.of(2))
              : StopTokens.open(folder);
      long[] stopped = expected.longs("greedy.new_ids");
      long[] ids = generate(model, prompts, tokens, 8, stops);
      assertThat(cut(ids, tokens, stops)).isEqualTo(stopped);
    }
  }

  private static Optional<Path> adapter(Path folder) {
    return AdapterFolder.is(folder) ? Optional.of(folder) : Optional.empty();
  }

  /** The prompts without their padding. */
  static List<TokenIds> prompts(ReferenceArrays expected) {
    long[] ids = expected.longs("greedy.prompt_ids");
    long[] mask = expected.longs("greedy.attention_mask");
    int rows = Math.toIntExact(expected.shape("greedy.prompt_ids").get(0));
    int width = ids.length / rows;
    List<TokenIds> prompts = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      int first = row * width;
      while (mask[first] == 0) {
        first++;
      }
      prompts.add(TokenIds.of(Arrays.copyOfRange(ids, first, (row + 1) * width)));
    }
    return prompts;
  }

  private static long[] generate(
      DecodeModel model, List<TokenIds> prompts, int tokens, int steps, StopTokens stops) {
    Sampling sampling = new Sampling(0, 0, 1, 0, tokens, false);
    long[] ids = new long[prompts.size() * tokens];
    try (DecodeBatch batch = model.begin(prompts, 1, sampling, stops)) {
      int length = 0;
      SampledTokens drawn = batch.first(new float[prompts.size()]);
      while (true) {
        for (int row = 0; row < prompts.size(); row++) {
          for (int step = 0; step < drawn.steps(); step++) {
            ids[row * tokens + length + step] = drawn.id(step, row);
            assertThat(drawn.sampledLogprob(step, row)).isZero();
          }
        }
        length += drawn.steps();
        int wanted = Math.min(steps, tokens - length);
        if (wanted == 0) {
          return ids;
        }
        int[] left = new int[prompts.size()];
        Arrays.fill(left, tokens - length);
        drawn = batch.next(new float[prompts.size() * wanted], wanted, left);
        if (stops.ids().length() > 0 && drawn.steps() < wanted) {
          copy(ids, drawn, tokens, length);
          return ids;
        }
      }
    }
  }

  private static void copy(long[] ids, SampledTokens drawn, int tokens, int length) {
    for (int row = 0; row < ids.length / tokens; row++) {
      for (int step = 0; step < drawn.steps(); step++) {
        ids[row * tokens + length + step] = drawn.id(step, row);
      }
    }
  }

  /** Zeros after the first stop token of each row. */
  private static long[] cut(long[] ids, int tokens, StopTokens stops) {
    long[] cut = ids.clone();
    for (int row = 0; row < cut.length / tokens; row++) {
      boolean ended = false;
      for (int i = row * tokens; i < (row + 1) * tokens; i++) {
        cut[i] = ended ? 0 : cut[i];
        ended |= stops.contains((int) cut[i]);
      }
    }
    return cut;
  }
}
