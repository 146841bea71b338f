package dev.kelpie.learner.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.ReferenceArrays;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.score.ScoredSequence;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scores of reward models, and folders of them, beside those of transformers. */
class WrittenScoreTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path POLICY = Path.of("../configs/quickstart/policy");
  private static final Path EXPECTED = Path.of("src/test/resources/reward-model/expected.json");

  private static float[] scores(CausalLm model, SequenceBatch batch) {
    List<Row> placed =
        batch.rows().stream()
            .map(row -> new Row(row.prompt(), SequenceScore.placed(row.response())))
            .toList();
    SequenceBatch all = new SequenceBatch(batch.prompts(), placed);
    try (InferenceScope scope = InferenceScope.open()) {
      return SequenceScore.of(all, model.score(all, 1, scope));
    }
  }

  private static CausalLm open(Path folder) {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      return CausalLm.of(checkpoint.config().withScore(), Heads.VALUE, checkpoint);
    }
  }

  @Test
  void scoresOfAReadModelEqualTransformers() throws Exception {
    Path folder = ParityFixtures.own("llama-reward");
    JsonNode rewards = ParityFixtures.expected(folder).get("rewards");
    try (NativeThread thread = NativeThread.start("score-test", 1);
        ReferenceArrays expected = ReferenceArrays.open(folder)) {
      thread.run(
          () -> {
            try (CausalLm model = open(folder)) {
              float[] scores = scores(model, expected.rightPadded());
              for (int b = 0; b < rewards.size(); b++) {
                assertThat(scores[b]).isCloseTo((float) rewards.get(b).asDouble(), within(1e-4f));
              }
            }
          });
    }
  }

  /**
   * The quickstart's policy with a drawn head is written; {@code scripts/parity/reward_model.py}
   * has loaded the same folder with transformers.
   */
  @Test
  void scoresOfAWrittenModelEqualTransformers(@TempDir Path folder) throws Exception {
    try (NativeThread thread = NativeThread.start("score-test", 1)) {
      thread.call(
          () -> {
            try (CausalLm model = open(POLICY)) {
              model.drawScoreHead(1, 7);
              Checkpoint.writeRewardModel(
                  folder, model.snapshot("reward-model", new PolicyVersion(1)), POLICY, 1, 0);
            }
            JsonNode expected = JSON.readTree(EXPECTED.toFile());
            requireConfiguration(folder, expected.get("config"));
            assertThat(ModelConfig.open(folder).labels()).isEqualTo(1);
            try (CausalLm model = open(folder)) {
              List<TokenIds> prompts = new ArrayList<>();
              List<Row> rows = new ArrayList<>();
              for (JsonNode row : expected.get("rows")) {
                ScoredSequence cut = ScoredSequence.of(ids(row, "prompt"), ids(row, "response"), 0);
                rows.add(new Row(prompts.size(), cut.response()));
                prompts.add(cut.prompt());
              }
              float[] scores = scores(model, new SequenceBatch(prompts, rows));
              for (int i = 0; i < scores.length; i++) {
                float said = (float) expected.get("rows").get(i).get("score").asDouble();
                assertThat(scores[i]).as("row " + i).isCloseTo(said, within(1e-4f));
              }
            }
            return true;
          });
    }
  }

  /** What transformers has read is what is written. */
  private static void requireConfiguration(Path folder, JsonNode said) throws IOException {
    JsonNode written = JSON.readTree(folder.resolve("config.json").toFile());
    assertThat(written.get("architectures").get(0).asText())
        .isEqualTo("LlamaForSequenceClassification");
    assertThat(written.get("num_labels").asInt()).isEqualTo(said.get("num_labels").asInt());
    assertThat(written.get("id2label")).isEqualTo(said.get("id2label"));
    assertThat(written.get("pad_token_id")).isEqualTo(said.get("pad_token_id"));
    for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
      assertThat(Files.readAllBytes(folder.resolve(name)))
          .isEqualTo(Files.readAllBytes(POLICY.resolve(name)));
    }
  }

  private static TokenIds ids(JsonNode row, String name) {
    return TokenIds.of(
        StreamSupport.stream(row.get(name).spliterator(), false)
            .mapToInt(JsonNode::asInt)
            .toArray());
  }

  @Test
  void readsTheScoreBehindTheLastTokenThatIsNotPadding() {
    TokenIds prompt = TokenIds.of(5, 6);
    // 7 8 0 0: the score is that of 8
    assertThat(ScoredSequence.of(prompt, TokenIds.of(7, 8, 0, 0), 0))
        .isEqualTo(new ScoredSequence(prompt, TokenIds.of(7, 8)));
    // padding in the middle stays
    assertThat(ScoredSequence.of(prompt, TokenIds.of(0, 8), 0))
        .isEqualTo(new ScoredSequence(prompt, TokenIds.of(0, 8)));
    // nothing but padding: the prompt's end, and then its first token
    assertThat(ScoredSequence.of(prompt, TokenIds.of(0), 0))
        .isEqualTo(new ScoredSequence(prompt, TokenIds.empty()));
    assertThat(ScoredSequence.of(TokenIds.of(0, 0), TokenIds.of(0), 0))
        .isEqualTo(new ScoredSequence(TokenIds.of(0), TokenIds.empty()));
    // no padding token
    assertThat(ScoredSequence.of(prompt, TokenIds.of(7, 0), -1))
        .isEqualTo(new ScoredSequence(prompt, TokenIds.of(7, 0)));
  }
}
