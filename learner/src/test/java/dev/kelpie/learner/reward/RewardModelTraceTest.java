package dev.kelpie.learner.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.algorithms.score.ScoreLosses;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.ReferenceArrays;
import dev.kelpie.model.score.ScoredSequence;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AdamW steps of a reward model against torch. */
class RewardModelTraceTest {
  private static final Path FOLDER = ParityFixtures.own("llama-reward");
  private static final int NO_PADDING = -1;

  /** One microbatch, and one for every pair. */
  @ParameterizedTest
  @ValueSource(ints = {100_000, 1})
  void stepsEqualTorch(int tokenBudget) throws Exception {
    JsonNode trace = ParityFixtures.expected(FOLDER).get("bradley_terry");
    LearnerOptions learner = learner(trace.get("options"), tokenBudget);
    try (NativeThread thread = NativeThread.start("trace-test", 1)) {
      thread.call(
          () -> {
            try (Checkpoint checkpoint = Checkpoint.open(FOLDER);
                ReferenceArrays expected = ReferenceArrays.open(FOLDER)) {
              CausalLm model =
                  CausalLm.of(checkpoint.config().withScore(), Heads.VALUE, checkpoint);
              try (ThreadLanes lanes = ModelPasses.lanes(model.config(), 1);
                  TrainedModel trained = new TrainedModel("reward_model", model, learner, lanes)) {
                compare(trained, trace, expected, Collator.of(learner, model.config()));
              }
            }
            return true;
          });
    }
  }

  private static void compare(
      TrainedModel model, JsonNode trace, ReferenceArrays expected, Collator collator) {
    double rate = trace.get("options").get("lr").asDouble();
    ConfigBlock options =
        ConfigBlock.of(
            "loss",
            Map.of(
                "type", "bradley-terry", "margin", trace.get("options").get("margin").asDouble()));
    for (JsonNode said : trace.get("steps")) {
      int step = said.get("step").asInt();
      List<ScorePair> batch = batch(expected, step);
      Map<String, Double> numbers =
          model.step(
              collator.microbatches(PairItems.of(batch, true)),
              1,
              rate,
              new PairObjective(ScoreLosses.of(options), batch, Optional.empty(), 1));
      assertThat(numbers.get("reward_model/loss"))
          .isCloseTo(said.get("loss").asDouble(), within(1e-4));
      assertThat(numbers.get("reward_model/accuracy")).isEqualTo(said.get("accuracy").asDouble());
      double norm = said.get("grad_norm").asDouble();
      assertThat(numbers.get("reward_model/grad_norm")).isCloseTo(norm, within(1e-4 * norm));
      String prefix = "bradley_terry.step" + step + ".";
      List<String> names = expected.names(prefix);
      assertThat(names).isNotEmpty();
      for (String name : names) {
        float[] ours = model.model().parameters().values(name.substring(prefix.length()));
        assertThat(ours).as(name).containsExactly(expected.floats(name), within(1e-4f));
      }
    }
  }

  private static LearnerOptions learner(JsonNode options, int tokenBudget) {
    return new LearnerOptions(
        1,
        options.get("lr").asDouble(),
        "constant",
        0,
        0,
        0,
        options.get("betas").get(0).asDouble(),
        options.get("betas").get(1).asDouble(),
        options.get("adam_eps").asDouble(),
        options.get("weight_decay").asDouble(),
        options.get("max_grad_norm").asDouble(),
        1,
        1,
        tokenBudget,
        LearnerOptions.Precision.FP32);
  }

  /** The pairs of a step; the first token of each side is its prompt. */
  private static List<ScorePair> batch(ReferenceArrays expected, int step) {
    List<TokenIds> chosen = sequences(expected, "bradley_terry.chosen_ids", step);
    List<TokenIds> rejected = sequences(expected, "bradley_terry.rejected_ids", step);
    List<ScorePair> batch = new ArrayList<>();
    for (int i = 0; i < chosen.size(); i++) {
      batch.add(
          new ScorePair(
              "pair " + i,
              sequence(chosen.get(i)),
              sequence(rejected.get(i)),
              chosen.get(i).length() - 1,
              rejected.get(i).length() - 1,
              "",
              "",
              Map.of()));
    }
    return batch;
  }

  private static ScoredSequence sequence(TokenIds all) {
    return ScoredSequence.of(all.slice(0, 1), all.slice(1, all.length()), NO_PADDING);
  }

  /** Rows of ids [steps, B, T], cut by the mask [B, T] of the right-padded batch. */
  private static List<TokenIds> sequences(ReferenceArrays expected, String name, int step) {
    List<Long> shape = expected.shape(name);
    int rows = Math.toIntExact(shape.get(1));
    int width = Math.toIntExact(shape.get(2));
    long[] ids = expected.longs(name);
    long[] mask = expected.longs("right.attention_mask");
    List<TokenIds> sequences = new ArrayList<>();
    for (int b = 0; b < rows; b++) {
      int length = 0;
      while (length < width && mask[b * width + length] == 1) {
        length++;
      }
      int[] row = new int[length];
      for (int t = 0; t < length; t++) {
        row[t] = (int) ids[((step - 1) * rows + b) * width + t];
      }
      sequences.add(TokenIds.of(row));
    }
    return sequences;
  }
}
