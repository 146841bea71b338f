package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps 1 to 12 with two groups of four responses each; see {@link Rollouts}. */
class SampleSearchTest {
  @TempDir private Path folder = Path.of("");
  private OpenPage page;

  @BeforeEach
  void open() {
    for (long step = 1; step <= 12; step++) {
      Rollouts.write(new RunFolder(folder), step, 2, 4);
    }
    page = OpenPage.over(folder, 1);
  }

  @AfterEach
  void close() {
    page.close();
  }

  private JsonNode search(String query) throws Exception {
    return page.json("/api/runs/0/samples?" + query);
  }

  private static List<Long> steps(JsonNode found) {
    List<Long> steps = new ArrayList<>();
    found.get("groups").forEach(group -> steps.add(group.get("step").asLong()));
    return steps;
  }

  @Test
  void theNewestComeFirstPageByPage() throws Exception {
    JsonNode first = search("limit=3");
    assertThat(steps(first)).containsExactly(12L, 12L, 11L);
    JsonNode second = search("limit=3&before=" + first.get("next").asText());
    assertThat(steps(second)).containsExactly(11L, 10L, 10L);
    assertThat(first.get("newest").asLong()).isEqualTo(12);
    assertThat(first.get("count").asLong()).isEqualTo(12);
    assertThat(first.get("searched").asLong()).isEqualTo(2);
  }

  @Test
  void allPagesTogetherAreAllGroupsOnce() throws Exception {
    List<String> seen = new ArrayList<>();
    String next = "";
    do {
      JsonNode found = search("limit=5&before=" + next);
      found.get("groups").forEach(group -> seen.add(group.get("step") + "/" + group.get("index")));
      next = found.get("next").asText();
    } while (!next.isEmpty());
    assertThat(seen).hasSize(24).doesNotHaveDuplicates();
  }

  @Test
  void aGroupHasItsPromptItsRewardsTheirPartsAndAdvantages() throws Exception {
    JsonNode group = search("step=7&limit=1").at("/groups/0");
    assertThat(group.get("prompt").asText()).isEqualTo("7+0*2?");
    assertThat(group.get("answer").asText()).isEqualTo("7");
    JsonNode right = group.at("/responses/0");
    // (0 + 7) % 3 is not 0: right
    assertThat(right.get("reward").asDouble()).isEqualTo(1);
    assertThat(right.at("/parts/answer").asDouble()).isEqualTo(1);
    assertThat(right.get("advantage").asDouble()).isEqualTo(0.5);
    assertThat(right.get("oldest").asLong()).isEqualTo(6);
    // (2 + 7) % 3 is 0: wrong
    assertThat(group.at("/responses/2/reward").asDouble()).isZero();
    assertThat(group.at("/responses/2/finish").asText()).isEqualTo("length");
  }

  @Test
  void markupInAResponseStaysText() throws Exception {
    assertThat(search("step=7").at("/groups/0/responses/1/text").asText())
        .endsWith(Rollouts.MARKUP);
  }

  @Test
  void filtersMarkTheResponsesTheyMeet() throws Exception {
    JsonNode found = search("step=3-4&max=0&limit=50");
    assertThat(steps(found)).containsExactly(4L, 4L, 3L, 3L);
    found
        .get("groups")
        .forEach(
            group ->
                group
                    .get("responses")
                    .forEach(
                        response ->
                            assertThat(response.get("match").asBoolean())
                                .isEqualTo(
                                    !response.has("failed")
                                        && response.get("reward").asDouble() == 0)));
  }

  @Test
  void textIsFoundInPromptsAndResponsesWhateverItsCase() throws Exception {
    assertThat(steps(search("text=5%2B1"))).containsExactly(5L);
    assertThat(steps(search("text=NO+IDEA&limit=50"))).isNotEmpty();
    assertThat(steps(search("text=nowhere"))).isEmpty();
  }

  @Test
  void failedRewardsAreFoundByThemselves() throws Exception {
    JsonNode found = search("finish=failed&limit=50");
    assertThat(steps(found)).hasSize(12);
    assertThat(found.at("/groups/0/responses/3/failed").asText()).isEqualTo("timed out after 30 s");
  }

  @Test
  void theNumbersOfEachTokenComeOnDemand() throws Exception {
    JsonNode tokens = page.json("/api/runs/0/tokens?step=7&index=0&sample=2&attempt=0");
    assertThat(tokens.get("tokens").toString()).isEqualTo("[11,12,13,14]");
    assertThat(tokens.get("texts").toString()).isEqualTo("[\"<11>\",\"<12>\",\"<13>\",\"<14>\"]");
    assertThat(tokens.get("rollout").toString()).isEqualTo("[-0.1,-1.5,-0.01,-3]");
    assertThat(tokens.get("advantages").toString()).isEqualTo("[-1,-1,-1,-1]");
    assertThat(tokens.has("reference")).isFalse();
    assertThat(tokens.at("/sampling/max-new-tokens").asInt()).isEqualTo(26);
    assertThat(page.get("/api/runs/0/tokens?step=7&index=9&sample=2").statusCode()).isEqualTo(404);
  }

  @Test
  void aTornFileIsSaidAndTheOthersAreShown() throws Exception {
    Files.writeString(folder.resolve("rollouts/step-12.arrow"), "ARROW1 but torn");
    JsonNode found = search("limit=2");
    assertThat(steps(found)).containsExactly(11L, 11L);
    assertThat(found.at("/unreadable/0/step").asLong()).isEqualTo(12);
    assertThat(found.at("/unreadable/0/why").asText()).contains("step-12.arrow");
  }

  @Test
  void newFilesAreSeen() throws Exception {
    assertThat(search("limit=1").get("newest").asLong()).isEqualTo(12);
    Rollouts.write(new RunFolder(folder), 13, 1, 2);
    assertThat(search("limit=1").get("newest").asLong()).isEqualTo(13);
  }
}
