package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.label.ItemKey;
import dev.kelpie.runs.label.Label;
import dev.kelpie.runs.label.LabelsFile;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people are asked, and their answers, as the page sends them. */
class LabelPagesTest {
  private static final String TIME = "2026-01-02T03:04:05Z";

  @TempDir private Path folder = Path.of("");
  private OpenPage page;

  @BeforeEach
  void open() {
    page = OpenPage.over(folder, 1);
  }

  @AfterEach
  void close() {
    page.close();
  }

  private HttpResponse<String> post(String what, JsonNode body) throws Exception {
    return page.client.send(
        page.request("/api/runs/0/" + what)
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static ObjectNode asking(String person, String browser, int people) {
    return Json.object()
        .put("labeller", person)
        .put("browser", browser)
        .put("kind", "pairs")
        .put("people", people)
        .put("count", 20);
  }

  private JsonNode next(ObjectNode asking) throws Exception {
    HttpResponse<String> answer = post("label-next", asking);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.MAPPER.readTree(answer.body());
  }

  private static Set<String> items(JsonNode next) {
    Set<String> items = new HashSet<>();
    next.get("items").forEach(item -> items.add(item.get("item").asText()));
    return items;
  }

  private static ObjectNode answering(String person, String item, String verdict) {
    return Json.object()
        .put("id", person + "-" + item.replaceAll("[/:]", "-"))
        .put("labeller", person)
        .put("time", TIME)
        .put("item", item)
        .put("verdict", verdict)
        .put("note", "")
        .put("millis", 900);
  }

  private JsonNode answer(ObjectNode answering) throws Exception {
    HttpResponse<String> answer = post("label-answer", answering);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.MAPPER.readTree(answer.body());
  }

  private List<Label> written() throws Exception {
    return LabelsFile.readWhole(new RunFolder(folder)).answers();
  }

  /**
   * Of three responses at step 4 the first two are right ({@code (sample + step) % 3 != 0}: 0 and
   * 1), so a group is asked about with its first and its last response.
   */
  @Test
  void aGroupsBestAndWorstResponseAreAskedAboutWithoutSayingWhichIsWhich() throws Exception {
    Rollouts.write(new RunFolder(folder), 4, 1, 3);
    JsonNode next = next(asking("anna", "b1", 1));
    assertThat(next.get("total").asInt()).isEqualTo(1);
    JsonNode item = next.at("/items/0");
    List<String> names = new ArrayList<>();
    item.fieldNames().forEachRemaining(names::add);
    assertThat(names).containsExactly("item", "prompt", "shown");
    assertThat(item.get("prompt").asText()).isEqualTo("4+0*2?");
    ItemKey key = ItemKey.parse(item.get("item").asText());
    assertThat(List.of(key.step(), (long) key.group(), (long) key.first(), (long) key.second()))
        .containsExactly(4L, 0L, 0L, 2L);
    boolean swapped = LabelPages.swapped(key, "anna");
    assertThat(item.at("/shown/" + (swapped ? 1 : 0)).asText()).isEqualTo("4");
    assertThat(item.at("/shown/" + (swapped ? 0 : 1)).asText()).isEqualTo("no idea, perhaps 7");
    // nothing is written by looking
    assertThat(folder.resolve("labels.jsonl")).doesNotExist();

    assertThat(answer(answering("anna", key.toString(), "left")).get("new").asBoolean()).isTrue();
    Label label = written().get(0);
    assertThat(label.verdict()).isEqualTo(swapped ? "second" : "first");
    assertThat(label.swapped()).isEqualTo(swapped);
    assertThat(label.rewards()).containsExactly(1.0, 0.0);
    assertThat(label.responses()).containsExactly("4", "no idea, perhaps 7");
    assertThat(label.probability()).isNaN();
  }

  @Test
  void aStepOfALossOverPairsIsAskedAboutWithItsPairs() throws Exception {
    Rollouts.write(new RunFolder(folder), 4, 1, 3);
    GroupId group = new GroupId(Purpose.ROLLOUT, 4, 0);
    new PairFiles(new RunFolder(folder).rollouts())
        .write(
            4,
            List.of(
                new TrainedPair(
                    new TrainedPair.Side(group, 2, 1, 0, -4.5, 0),
                    new TrainedPair.Side(group, 1, 0, 0, -6, 0),
                    0.8,
                    1,
                    0,
                    "scores")));
    String item = next(asking("anna", "b1", 1)).at("/items/0/item").asText();
    assertThat(item).startsWith("4/0/1/2:");
    answer(answering("anna", item, "tie"));
    // the probability that the first, number 1, is better
    assertThat(written().get(0).probability()).isEqualTo(1 - 0.8);
  }

  @Test
  void theSidesOfManyPairsAreDrawnForEachPerson() {
    int anna = 0;
    int different = 0;
    for (int i = 0; i < 1000; i++) {
      ItemKey item = new ItemKey(i, 0, 0, 1, "0123456789abcdef");
      anna += LabelPages.swapped(item, "anna") ? 1 : 0;
      different += LabelPages.swapped(item, "anna") != LabelPages.swapped(item, "bert") ? 1 : 0;
    }
    // 500 with a standard deviation of 16
    assertThat(anna).isBetween(420, 580);
    assertThat(different).isBetween(420, 580);
  }

  @Test
  void twoBrowsersAreAskedDifferentItemsUntilSeveralPeopleAreToAnswer() throws Exception {
    Rollouts.write(new RunFolder(folder), 4, 8, 3);
    Set<String> anna = items(next(asking("anna", "b1", 1).put("count", 3)));
    JsonNode berts = next(asking("bert", "b2", 1));
    assertThat(anna).hasSize(3);
    assertThat(items(berts)).hasSize(4).doesNotContainAnyElementsOf(anna);
    assertThat(berts.get("total").asInt()).isEqualTo(7); // one group's worst response has failed
    assertThat(berts.get("busy").asInt()).isEqualTo(3);
    // anna's page was loaded again: it gets what it had
    assertThat(items(next(asking("anna", "b1", 1).put("count", 3)))).isEqualTo(anna);
    // her other browser does not
    assertThat(items(next(asking("anna", "b3", 1)))).isEmpty();
    // who labels there has changed the name: nobody waits for what was shown under the one before
    assertThat(next(asking("anne", "b3", 1)).get("busy").asInt()).isEqualTo(7);
    // two people for each item: bert is asked for anna's, too
    assertThat(items(next(asking("bert", "b2", 2)))).hasSize(7);
    String item = anna.iterator().next();
    answer(answering("anna", item, "right"));
    assertThat(next(asking("anna", "b1", 2)).get("done").asInt()).isEqualTo(1);
    assertThat(items(next(asking("carl", "b4", 1)))).doesNotContain(item);
    assertThat(items(next(asking("bert", "b2", 2)))).contains(item);
    // what anna skips is asked of others
    String skipped = anna.stream().filter(one -> !one.equals(item)).findFirst().orElseThrow();
    answer(answering("anna", skipped, "skip"));
    assertThat(items(next(asking("carl", "b4", 2)))).contains(skipped).doesNotContain(item);
  }

  @Test
  void anAnswerThatIsSentAgainIsAcknowledgedAndWrittenOnceAndUndoOpensTheItem() throws Exception {
    Rollouts.write(new RunFolder(folder), 4, 1, 3);
    String item = next(asking("anna", "b1", 1)).at("/items/0/item").asText();
    ObjectNode left = answering("anna", item, "left");
    assertThat(answer(left).get("new").asBoolean()).isTrue();
    assertThat(answer(left).get("new").asBoolean()).isFalse();
    assertThat(Files.readAllLines(folder.resolve("labels.jsonl"))).hasSize(1);
    assertThat(next(asking("anna", "b1", 1)).get("open").asInt()).isZero();
    ObjectNode undo =
        Json.object()
            .put("id", "undo-0001")
            .put("labeller", "anna")
            .put("time", TIME)
            .put("of", left.get("id").asText());
    answer(undo);
    answer(undo);
    assertThat(items(next(asking("anna", "b1", 1)))).containsExactly(item);
    assertThat(page.json("/api/runs/0/label-results").get("takenBack").asInt()).isEqualTo(1);
    // after the undo the same answer does not count again
    assertThat(answer(left).get("new").asBoolean()).isFalse();
    assertThat(written()).isEmpty();
  }

  @Test
  void singleResponsesAreRatedAndResultsAreCounted() throws Exception {
    Rollouts.write(new RunFolder(folder), 4, 1, 3);
    JsonNode next = next(asking("anna", "b1", 1).put("kind", "responses"));
    assertThat(items(next)).hasSize(3);
    for (JsonNode item : next.get("items")) {
      String text = item.at("/shown/0").asText();
      answer(answering("anna", item.get("item").asText(), text.startsWith("4") ? "5" : "1"));
    }
    JsonNode results = page.json("/api/runs/0/label-results");
    assertThat(results.at("/people/0/answers").asInt()).isEqualTo(3);
    // ratings 5 5 1 of rewards 1 1 0
    assertThat(results.get("correlation").asDouble()).isEqualTo(1);
  }

  @Test
  void onlyTheStepsAskedForAreAskedAbout() throws Exception {
    Rollouts.write(new RunFolder(folder), 4, 1, 3);
    Rollouts.write(new RunFolder(folder), 5, 1, 3);
    assertThat(next(asking("anna", "b1", 1)).get("total").asInt()).isEqualTo(2);
    JsonNode five = next(asking("anna", "b1", 1).put("steps", "5-9"));
    assertThat(five.at("/items/0/item").asText()).startsWith("5/0/");
    assertThat(five.get("total").asInt()).isEqualTo(1);
  }

  @Test
  void aStepThatWasDoneAnewWithOtherResponsesTakesNoAnswerToTheFormerOnes() throws Exception {
    Rollouts.write(new RunFolder(folder), 4, 1, 3);
    String item = next(asking("anna", "b1", 1)).at("/items/0/item").asText();
    String gone = item.substring(0, item.indexOf(':')) + ":0123456789abcdef";
    HttpResponse<String> refused = post("label-answer", answering("anna", gone, "left"));
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body())
        .startsWith("item: " + gone + " (expected: responses that the run has; step 4 was done");
    assertThat(folder.resolve("labels.jsonl")).doesNotExist();
  }

  @Test
  void wrongRequestsAreRefusedByName() throws Exception {
    assertThat(post("label-next", Json.object()).body())
        .startsWith("browser:  (expected: letters, digits, hyphens and underscores)");
    assertThat(post("label-next", asking("", "b1", 1)).body())
        .startsWith("labeller:  (expected: a name of 1 to 60 characters)");
    assertThat(post("label-next", asking("anna", "b1", 9)).body())
        .startsWith("people: 9 (expected: 1 to 5)");
    assertThat(post("label-next", asking("anna", "b1", 1).put("kind", "x")).body())
        .startsWith("kind: x (expected: pairs or responses)");
    Rollouts.write(new RunFolder(folder), 4, 1, 3);
    String item = next(asking("anna", "b1", 1)).at("/items/0/item").asText();
    assertThat(post("label-answer", answering("anna", item, "first")).body())
        .startsWith("verdict: first (expected: left, right, tie or skip)");
    assertThat(post("label-answer", answering("anna", item, "5")).body())
        .startsWith("verdict: 5 (expected: left, right, tie or skip)");
    assertThat(post("label-answer", answering("anna", item, "left").put("time", "now")).body())
        .startsWith("time: now (expected: such as 2026-01-02T03:04:05.678Z)");
    assertThat(post("label-answer", Json.MAPPER.createArrayNode()).body())
        .startsWith("body: no object (expected: one object of JSON)");
  }

  @Test
  void aPageOfAnotherSiteCannotAnswer() throws Exception {
    HttpResponse<String> refused =
        page.client.send(
            page.request("/api/runs/0/label-answer")
                .header("Origin", "http://evil.example")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(refused.statusCode()).isEqualTo(403);
  }
}
