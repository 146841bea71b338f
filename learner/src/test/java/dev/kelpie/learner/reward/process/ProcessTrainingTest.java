package dev.kelpie.learner.reward.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.reward.KeptUpdates;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.ReferenceArrays;
import dev.kelpie.model.SafetensorsFile;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.model.score.SteppedResponse;
import dev.kelpie.model.score.TokenScores;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTrainingTest {
  private static final Path CONFIG = Path.of("../configs/methods/bare.conf");
  private static final Path POLICY = Path.of("../configs/quickstart/policy");
  private static final int ROWS = 20;

  /**
   * Two steps each, a sum and a product that is right in three of four rows: 35 of 40 are right.
   */
  private static PromptSource rows() {
    List<Prompt> rows = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      for (int i = 0; i < ROWS; i++) {
        TokenIds prompt = tokenizer.encode((i % 9 + 1) + "+" + (i / 9 + 1) + "?", true);
        boolean right = i % 4 != 0;
        String steps = "[\"1+1=2\", \"2*2=" + (right ? 4 : 5) + "\"]";
        rows.add(
            new Prompt(
                "row " + i,
                "",
                prompt,
                Optional.empty(),
                Map.of("steps", steps, "labels", "[true, " + right + "]"),
                List.of()));
      }
    }
    return source(rows);
  }

  private static PromptSource source(List<Prompt> rows) {
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

  private static Experiment experiment(String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "reward-model.completions=steps",
                "reward-model.separator=\",\"",
                "reward-model.steps=2",
                "reward-model.batch-size=" + ROWS,
                "reward-model.held-out=0",
                "learner.minibatches=1",
                "learner.max-grad-norm=1000"));
    all.addAll(List.of(overrides));
    return ExperimentFiles.load(CONFIG, all).experiment();
  }

  private static ProcessTraining.Result train(
      Path folder, boolean resume, KeptUpdates kept, String... overrides) {
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      return ProcessTraining.open(experiment(overrides), rows(), "hash", tokenizer)
          .train(folder, resume, kept);
    }
  }

  @Test
  void aHeadOfZerosKnowsNothingAndItsBiasLearnsTheShareOfRightSteps(@TempDir Path folder)
      throws IOException {
    KeptUpdates kept = new KeptUpdates(1);
    assertThat(train(folder, false, kept).finished()).isFalse();
    assertThat(kept.number(1, "loss")).isCloseTo(Math.log(2), within(1e-6));
    // 35 of 40 steps are right, of which a half is expected: the gradient of the bias is the mean
    // of 1/2 - right, (-3/8, 3/8) with the sign of the loss; the first moment is a tenth of it
    ByteBuffer moment = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    try (SafetensorsFile state = SafetensorsFile.open(folder.resolve("state-1.safetensors"))) {
      state.read("mean/score.bias", 1 << 10, moment::put);
    }
    assertThat(moment.flip().getFloat()).isCloseTo(0.0375f, within(1e-6f));
    assertThat(moment.getFloat()).isCloseTo(-0.0375f, within(1e-6f));
  }

  @Test
  void resumesBitForBit(@TempDir Path folder) throws IOException {
    Path parts = folder.resolve("parts");
    Path whole = folder.resolve("whole");
    assertThat(train(parts, false, new KeptUpdates(1)).finished()).isFalse();
    assertThat(train(parts, true, new KeptUpdates(-1)).finished()).isTrue();
    assertThat(train(whole, false, new KeptUpdates(-1)).finished()).isTrue();
    assertThat(
            Files.mismatch(parts.resolve("model.safetensors"), whole.resolve("model.safetensors")))
        .isEqualTo(-1);
  }

  @Test
  void aTrainingThatHasEndedIsMeasuredAndNotMadeAgain(@TempDir Path folder) throws IOException {
    ProcessTraining.Result ended =
        train(folder, false, new KeptUpdates(-1), "reward-model.held-out=0.2");
    byte[] weights = Files.readAllBytes(folder.resolve("model.safetensors"));
    KeptUpdates none = new KeptUpdates(-1);
    assertThat(train(folder, true, none, "reward-model.held-out=0.2")).isEqualTo(ended);
    assertThat(none.numbers()).isEmpty();
    assertThat(folder.resolve("model.safetensors")).hasBinaryContent(weights);
    assertThatThrownBy(
            () -> train(folder, true, none, "reward-model.held-out=0.2", "reward-model.steps=3"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("reward-model.json is of a training with other options");
  }

  @Test
  void learnsWhichStepsAreRight(@TempDir Path folder) {
    ProcessTraining.Result result =
        train(
            folder,
            false,
            new KeptUpdates(-1),
            "reward-model.steps=20",
            "reward-model.held-out=0.2",
            "learner.learning-rate=5e-4");
    StepReport report = result.report().orElseThrow();
    assertThat(report.steps()).isEqualTo(8); // 4 of 20 prompts, two steps each
    assertThat(report.accuracy()).isEqualTo(1);
    assertThat(report.loss()).isLessThan(0.2);
  }

  @Test
  void logitsOfAReadModelEqualTransformers() throws Exception {
    Path folder = ParityFixtures.own("qwen2-prm");
    try (NativeThread thread = NativeThread.start("prm-test", 1);
        ReferenceArrays expected = ReferenceArrays.open(folder)) {
      thread.run(
          () -> {
            long[] ids = expected.longs("right.input_ids"); // [4, 20]
            long[] mask = expected.longs("right.attention_mask");
            float[] logits = expected.floats("token_logits"); // [4, 20, 2]
            int width = (int) (long) expected.shape("right.input_ids").get(1);
            try (CausalLm model = CausalLm.open(folder, Heads.VALUE)) {
              for (int b = 0; b < ids.length / width; b++) {
                int from = b * width;
                int length =
                    (int) IntStream.range(from, from + width).filter(t -> mask[t] == 1).count();
                int[] own = IntStream.range(from, from + length).map(t -> (int) ids[t]).toArray();
                TokenIds all = TokenIds.of(own);
                TokenIds response = SequenceScore.placed(all.slice(1, length));
                SequenceBatch batch =
                    new SequenceBatch(List.of(all.slice(0, 1)), List.of(new Row(0, response)));
                List<Integer> tokens = IntStream.range(0, length - 1).boxed().toList();
                try (InferenceScope scope = InferenceScope.open()) {
                  float[] found =
                      TokenScores.of(batch, model.score(batch, 1, scope), List.of(tokens));
                  for (int i = 0; i < found.length; i++) {
                    assertThat(found[i]).isCloseTo(logits[2 * (from + 1) + i], within(1e-4f));
                  }
                }
              }
            }
          });
    }
  }

  @Test
  void stepsEndAtTheLastTokenOfTheirSeparator() {
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      SteppedResponse response = SteppedResponse.of(List.of("1+1", "", "2"), ",", tokenizer);
      assertThat(tokenizer.decode(response.tokens(), true)).isEqualTo("1+1,,2,");
      assertThat(response.ends()).containsExactly(3, 4, 6);
    }
    assertThat(SteppedResponse.split("1+1,,2", ",")).containsExactly("1+1", "2");
    assertThat(SteppedResponse.split("", ",")).isEmpty();
  }

  @Test
  void aRowWithoutALabelForEachStepIsRefused() {
    Prompt row =
        new Prompt(
            "row 3",
            "",
            TokenIds.of(1, 4),
            Optional.empty(),
            Map.of("steps", "[\"1\", \"2\"]", "labels", "[true]"),
            List.of());
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      assertThatThrownBy(
              () -> ProcessTraining.open(experiment(), source(List.of(row)), "", tokenizer))
          .isInstanceOf(ConfigException.class)
          .hasMessage(
              "reward-model.completions: column labels: 1 labels (expected: one for each of the 2"
                  + " steps, at least one in row row 3)");
    }
  }
}
