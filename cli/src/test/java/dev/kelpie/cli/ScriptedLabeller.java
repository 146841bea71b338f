package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** A person who answers what a run's page asks, over HTTP as the page does. */
public record ScriptedLabeller(
    HttpClient client, String url, String token, String name, Judge judge) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Decides by the texts that are shown. */
  @FunctionalInterface
  public interface Judge {
    /** {@code left}, {@code right} or {@code tie}. */
    String of(String prompt, String left, String right);
  }

  /** A person at the page {@code url}, which ends in its token. */
  public static ScriptedLabeller at(String url, String name, Judge judge) {
    int token = url.indexOf("token=");
    return new ScriptedLabeller(
        HttpClient.newHttpClient(),
        url.replaceFirst("/[?#].*", "/"),
        url.substring(token + "token=".length()),
        name,
        judge);
  }

  /** What the page is asked for next. */
  public JsonNode next(int count) throws IOException, InterruptedException {
    ObjectNode asking =
        JSON.createObjectNode()
            .put("labeller", name)
            .put("browser", "browser-of-" + name)
            .put("kind", "pairs")
            .put("people", 1)
            .put("count", count);
    return post("label-next", asking);
  }

  /** Answers up to {@code most} pairs; the ids of the answers by the name of the pair. */
  public Map<String, String> answer(int most) throws IOException, InterruptedException {
    Map<String, String> answers = new LinkedHashMap<>();
    while (answers.size() < most) {
      JsonNode items = next(Math.min(20, most - answers.size())).path("items");
      if (items.isEmpty()) {
        break;
      }
      for (JsonNode item : items) {
        String key = item.path("item").asText();
        String id = name + "-" + key.replaceAll("[/:]", "-");
        ObjectNode answer =
            JSON.createObjectNode()
                .put("id", id)
                .put("labeller", name)
                .put("time", Instant.EPOCH.toString())
                .put("item", key)
                .put(
                    "verdict",
                    judge.of(
                        item.path("prompt").asText(),
                        item.path("shown").path(0).asText(),
                        item.path("shown").path(1).asText()))
                .put("millis", 1000);
        assertThat(post("label-answer", answer).path("new").asBoolean()).isTrue();
        answers.put(key, id);
      }
    }
    return answers;
  }

  private JsonNode post(String what, JsonNode body) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url + "api/runs/0/" + what))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }
}
