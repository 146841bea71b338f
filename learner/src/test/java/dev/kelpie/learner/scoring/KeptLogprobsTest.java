package dev.kelpie.learner.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.model.SequenceBatch;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptLogprobsTest {
  private static final TokenIds PROMPT = TokenIds.of(1, 2);

  /** The rows that went through the model. */
  private final List<Integer> computed = new ArrayList<>();

  private final Map<Integer, PerToken> numbers = new HashMap<>();

  /** A model with one weight. */
  private record Weight(float value) implements WeightSnapshot {
    @Override
    public String model() {
      return "toy";
    }

    @Override
    public PolicyVersion version() {
      return new PolicyVersion(0);
    }

    @Override
    public OptionalLong parent() {
      return OptionalLong.empty();
    }

    @Override
    public List<Tensor> tensors() {
      return List.of(new Tensor("w", "F32", List.of(1L)));
    }

    @Override
    public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
      sink.accept(ByteBuffer.allocate(4).putFloat(0, value));
    }
  }

  private static LogprobKeys keys(float weight, String configuration, int threads) {
    return LogprobKeys.of(new Weight(weight), configuration, threads);
  }

  /** Rows of one prompt, the first called {@code row}. */
  private static Microbatch batch(int row, TokenIds prompt, TokenIds... responses) {
    List<Integer> names = new ArrayList<>();
    List<SequenceBatch.Row> rows = new ArrayList<>();
    for (TokenIds response : responses) {
      names.add(row + names.size());
      rows.add(new SequenceBatch.Row(0, response));
    }
    return new Microbatch(names, new SequenceBatch(List.of(prompt), rows));
  }

  private static Microbatch pair(int row) {
    return batch(row, PROMPT, TokenIds.of(3), TokenIds.of(4, 5));
  }

  /** The numbers of a row are its own in tenths: minus 0.3 for the token 3. */
  private void compute(
      List<Microbatch> batches, double temperature, BiConsumer<Integer, PerToken> sink) {
    for (Microbatch batch : batches) {
      for (int b = 0; b < batch.rows().size(); b++) {
        TokenIds response = batch.sequences().rows().get(b).response();
        float[] own = new float[response.length()];
        for (int t = 0; t < own.length; t++) {
          own[t] = -response.get(t) / 10f;
        }
        computed.add(batch.rows().get(b));
        sink.accept(batch.rows().get(b), PerToken.of(own));
      }
    }
  }

  private Lookups score(
      KeptLogprobs model, double temperature, IntPredicate fromFile, Microbatch... batches) {
    computed.clear();
    return model.score(List.of(batches), temperature, fromFile, this::compute, numbers::put);
  }

  private Lookups score(KeptLogprobs model, Microbatch... batches) {
    return score(model, 1, row -> true, batches);
  }

  @Test
  void theSecondTimeNothingIsComputed(@TempDir Path folder) {
    try (LogprobCache cache = new LogprobCache(new RunFolder(folder), problem -> {})) {
      KeptLogprobs model = new KeptLogprobs(cache, () -> keys(1, "toy", 1));
      assertThat(score(model, pair(0), batch(2, PROMPT, TokenIds.of(6))))
          .isEqualTo(new Lookups(3, 0));
      assertThat(computed).containsExactly(0, 1, 2);

      Microbatch other = batch(7, PROMPT, TokenIds.of(9));
      assertThat(score(model, pair(5), other)).isEqualTo(new Lookups(3, 2));

      assertThat(computed).containsExactly(7);
      assertThat(numbers.get(5)).isEqualTo(PerToken.of(-0.3f));
      assertThat(numbers.get(6)).isEqualTo(PerToken.of(-0.4f, -0.5f));
      assertThat(numbers.get(7)).isEqualTo(PerToken.of(-0.9f));
    }
  }

  @Test
  void aRowThatIsSampledIsComputedAndSoIsWhatGoesThroughTheModelBesideIt(@TempDir Path folder) {
    try (LogprobCache cache = new LogprobCache(new RunFolder(folder), problem -> {})) {
      KeptLogprobs model = new KeptLogprobs(cache, () -> keys(1, "toy", 1));
      for (int time = 0; time < 2; time++) {
        assertThat(score(model, 1, row -> row != 1, pair(0))).isEqualTo(Lookups.NONE);
        assertThat(computed).containsExactly(0, 1);
      }
      assertThat(folder.resolve("cache")).doesNotExist();
    }
  }

  @Test
  void whateverElseChangesANumberIsPartOfItsKey(@TempDir Path folder) {
    try (LogprobCache cache = new LogprobCache(new RunFolder(folder), problem -> {})) {
      KeptLogprobs model = new KeptLogprobs(cache, () -> keys(1, "toy", 1));
      score(model, pair(0));
      Lookups missed = new Lookups(2, 0);

      assertThat(score(new KeptLogprobs(cache, () -> keys(1.5f, "toy", 1)), pair(0)))
          .as("weights")
          .isEqualTo(missed);
      assertThat(score(new KeptLogprobs(cache, () -> keys(1, "other", 1)), pair(0)))
          .as("configuration")
          .isEqualTo(missed);
      assertThat(score(new KeptLogprobs(cache, () -> keys(1, "toy", 2)), pair(0)))
          .as("threads")
          .isEqualTo(missed);
      assertThat(score(model, 0.5, row -> true, pair(0))).as("temperature").isEqualTo(missed);
      assertThat(score(model, batch(0, TokenIds.of(1, 9), TokenIds.of(3), TokenIds.of(4, 5))))
          .as("prompt")
          .isEqualTo(missed);
      assertThat(score(model, batch(0, TokenIds.of(1), TokenIds.of(2, 3), TokenIds.of(4, 5))))
          .as("where the prompt ends")
          .isEqualTo(missed);
      assertThat(score(model, batch(0, PROMPT, TokenIds.of(3), TokenIds.of(4, 6))))
          .as("response")
          .isEqualTo(missed);
      assertThat(score(model, batch(0, PROMPT, TokenIds.of(3, 4), TokenIds.of(5))))
          .as("where the first response ends")
          .isEqualTo(missed);
      assertThat(score(model, batch(0, PROMPT, TokenIds.of(4, 5), TokenIds.of(3))))
          .as("order")
          .isEqualTo(missed);
      assertThat(score(model, batch(0, PROMPT, TokenIds.of(3))))
          .as("neighbours")
          .isEqualTo(new Lookups(1, 0));
      assertThat(score(model, pair(0))).isEqualTo(new Lookups(2, 2));
    }
  }
}
