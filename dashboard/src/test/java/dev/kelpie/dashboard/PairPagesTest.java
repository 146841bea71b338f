package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.runs.PairFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairs as the page gets them. */
class PairPagesTest {
  private static final String DPO =
      """
      data.path = "x.jsonl"
      policy.path = model
      reward.answer { type = exact-match }
      algorithm { preset = online-dpo, loss.beta = 0.2 }
      """;

  @TempDir private Path folder = Path.of("");
  private OpenPage page;

  @BeforeEach
  void open() throws IOException {
    page = OpenPage.over(folder, 1);
    Files.createDirectories(folder.resolve("rollouts"));
    Files.writeString(folder.resolve("experiment.conf"), DPO);
  }

  @AfterEach
  void close() {
    page.close();
  }

  /** Three pairs: the right way round, the wrong way round, and without a reference. */
  private void writePairs(long step) {
    List<TrainedPair> pairs =
        List.of(
            pair(step, 1, 0.5, -0.25), pair(step, 2, -1.5, 0.5), pair(step, 2, 0.5, Double.NaN));
    new PairFiles(new RunFolder(folder).rollouts()).write(step, pairs);
  }

  private static TrainedPair pair(long step, int chosen, double chosenRatio, double rejectedRatio) {
    GroupId group = new GroupId(Purpose.ROLLOUT, step, 0);
    return new TrainedPair(
        new TrainedPair.Side(group, chosen, 1, 0, -4.5, chosenRatio),
        new TrainedPair.Side(group, 0, 0, 0, -6, rejectedRatio, "long"),
        0.9,
        2,
        0.25,
        "scores");
  }

  @Test
  void aStepsPairsAreListedWithTheDifferenceOfTheirImplicitRewards() throws Exception {
    writePairs(3);
    JsonNode list = page.json("/api/runs/0/pairs");
    assertThat(list.get("step").asLong()).isEqualTo(3);
    assertThat(list.get("beta").asDouble()).isEqualTo(0.2);
    assertThat(list.get("total").asInt()).isEqualTo(3);
    assertThat(list.get("compared").asInt()).isEqualTo(2);
    assertThat(list.get("wrong").asInt()).isEqualTo(1);
    // 0.2 (0.5 + 0.25) and 0.2 (-1.5 - 0.5); none without a reference
    assertThat(list.at("/pairs/0/difference").asDouble()).isEqualTo(0.15);
    assertThat(list.at("/pairs/1/difference").asDouble()).isEqualTo(-0.4);
    assertThat(list.at("/pairs/2/difference").isNull()).isTrue();
    assertThat(list.at("/pairs/0/wrong").asBoolean()).isFalse();
    assertThat(list.at("/pairs/1/wrong").asBoolean()).isTrue();
    assertThat(list.at("/pairs/0/chosen/score").asDouble()).isEqualTo(1);
  }

  @Test
  void onlyPairsTheWrongWayRoundAreListedOnRequestUnderTheirNumbers() throws Exception {
    writePairs(3);
    JsonNode list = page.json("/api/runs/0/pairs?step=3&wrong=true");
    assertThat(list.get("matched").asInt()).isEqualTo(1);
    assertThat(list.get("pairs")).hasSize(1);
    assertThat(list.at("/pairs/0/pair").asInt()).isEqualTo(1);
    assertThat(list.get("total").asInt()).isEqualTo(3);
    JsonNode further = page.json("/api/runs/0/pairs?step=3&from=2&limit=1");
    assertThat(further.get("pairs")).hasSize(1);
    assertThat(further.at("/pairs/0/pair").asInt()).isEqualTo(2);
  }

  @Test
  void aPairComesWithItsTextsAndAllNumbersOfItsSides() throws Exception {
    Rollouts.write(new RunFolder(folder), 4, 1, 3);
    writePairs(4);
    JsonNode pair = page.json("/api/runs/0/pair?step=4&pair=0");
    assertThat(pair.get("prompt").asText()).isEqualTo("4+0*2?");
    assertThat(pair.get("promptId").asText()).isEqualTo("train.jsonl:32");
    assertThat(pair.get("probability").asDouble()).isEqualTo(0.9);
    assertThat(pair.get("weight").asDouble()).isEqualTo(2);
    assertThat(pair.get("margin").asDouble()).isEqualTo(0.25);
    assertThat(pair.get("source").asText()).isEqualTo("scores");
    assertThat(pair.at("/chosen/implicit").asDouble()).isEqualTo(0.1);
    assertThat(pair.at("/rejected/implicit").asDouble()).isEqualTo(-0.05);
    assertThat(pair.at("/rejected/logRatio").asDouble()).isEqualTo(-0.25);
    assertThat(pair.at("/rejected/logprob").asDouble()).isEqualTo(-6);
    assertThat(pair.at("/rejected/variant").asText()).isEqualTo("long");
    assertThat(pair.at("/chosen/variant").asText()).isEmpty();
    assertThat(pair.at("/chosen/response/text").asText()).isEqualTo("4" + Rollouts.MARKUP);
    assertThat(pair.at("/rejected/response/text").asText()).isEqualTo("4");
    assertThat(pair.at("/rejected/response/tokens").asInt()).isEqualTo(4);
    assertThat(page.json("/api/runs/0/pair?step=4&pair=2").at("/rejected/implicit").isNull())
        .isTrue();
  }

  @Test
  void aStepLeadsToItsNeighboursWithPairs() throws Exception {
    writePairs(2);
    writePairs(9);
    JsonNode between = page.json("/api/runs/0/pairs?step=5");
    assertThat(between.get("recorded").asBoolean()).isFalse();
    assertThat(between.get("previous").asLong()).isEqualTo(2);
    assertThat(between.get("next").asLong()).isEqualTo(9);
    assertThat(between.get("total").asInt()).isZero();
    assertThat(page.json("/api/runs/0/pairs?step=9").has("next")).isFalse();
  }

  @Test
  void whatIsMissingIsLeftOutAndNotAFailure() throws Exception {
    assertThat(page.json("/api/runs/0/pairs").toString()).isEqualTo("{\"count\":0}");
    assertThat(page.get("/api/runs/0/pair?step=1&pair=0").statusCode()).isEqualTo(404);
    writePairs(1);
    JsonNode pair = page.json("/api/runs/0/pair?step=1&pair=1");
    assertThat(pair.at("/chosen/score").asDouble()).isEqualTo(1);
    assertThat(pair.at("/chosen").has("response")).isFalse();
    assertThat(page.get("/api/runs/0/pair?step=1&pair=3").statusCode()).isEqualTo(404);
    assertThat(page.get("/api/runs/0/pair?step=1&pair=-1").statusCode()).isEqualTo(404);
    assertThat(page.get("/api/runs/0/pairs?step=newest").statusCode()).isEqualTo(400);
  }

  @Test
  void withoutABetaTheSignOfTheLogRatiosSaysWhichWayRound() throws Exception {
    Files.writeString(folder.resolve("experiment.conf"), "policy.path = model, data.path = x");
    writePairs(1);
    JsonNode list = page.json("/api/runs/0/pairs");
    assertThat(list.get("beta").isNull()).isTrue();
    assertThat(list.at("/pairs/1/difference").isNull()).isTrue();
    assertThat(list.at("/pairs/1/wrong").asBoolean()).isTrue();
  }

  @Test
  void aTornFileIsNamed() throws Exception {
    writePairs(1);
    Path file = folder.resolve("rollouts/step-1-pairs.arrow");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThat(page.json("/api/runs/0/pairs").get("problem").asText())
        .contains("step-1-pairs.arrow");
  }
}
