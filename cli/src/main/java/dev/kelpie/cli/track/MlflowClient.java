package dev.kelpie.cli.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.rewards.remote.BoundedBody;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The part of MLflow's REST interface that a run needs, <a
 * href="https://mlflow.org/docs/latest/rest-api.html">version 2.0</a>. Redirects are not followed
 * and no proxy is used: the address of the experiment is asked, and no other.
 */
final class MlflowClient {
  /** Most metrics of a request. */
  static final int METRICS = 1000;

  /** Most settings of a request. */
  static final int PARAMS = 100;

  private static final int LONGEST_VALUE = 500; // what all 2.x servers take
  private static final int LONGEST_ANSWER = 200;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String base;
  private static final int MOST_BYTES = 4 << 20; // of an answer

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .proxy(HttpClient.Builder.NO_PROXY)
          .connectTimeout(CONNECT)
          .build();

  /** An answer of the server that says no. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    final transient int status;

    RefusedException(int status, String text) {
      super(text);
      this.status = status;
    }
  }

  /**
   * A number of a run.
   *
   * @param time milliseconds since 1970
   */
  record Metric(String name, double value, long time, long step) {}

  MlflowClient(URI server) {
    this.base = server + "/api/2.0/mlflow/";
  }

  /** The id of the experiment called {@code name}, which is made where there is none. */
  String experiment(String name) throws IOException, InterruptedException {
    String query = "?experiment_name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
    try {
      return get("experiments/get-by-name" + query).at("/experiment/experiment_id").asText();
    } catch (RefusedException e) {
      if (e.status != 404) {
        throw e;
      }
    }
    return post("experiments/create", JSON.createObjectNode().put("name", name))
        .path("experiment_id")
        .asText();
  }

  /** Makes a run and returns its id. */
  String create(String experiment, String name, long time)
      throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode();
    body.put("experiment_id", experiment).put("run_name", name).put("start_time", time);
    String id = post("runs/create", body).at("/run/info/run_id").asText();
    if (id.isEmpty()) {
      throw new IOException("runs/create: an answer without run.info.run_id");
    }
    return id;
  }

  /** Whether the server has the run {@code id}, and it was not deleted there. */
  boolean has(String id) throws IOException, InterruptedException {
    try {
      JsonNode found = get("runs/get?run_id=" + URLEncoder.encode(id, StandardCharsets.UTF_8));
      return !found.at("/run/info/lifecycle_stage").asText().equals("deleted");
    } catch (RefusedException e) {
      if (e.status == 404) {
        return false;
      }
      throw e;
    }
  }

  /** Logs metrics, at most {@link #METRICS}. */
  void log(String run, List<Metric> metrics) throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("run_id", run);
    ArrayNode all = body.putArray("metrics");
    for (Metric metric : metrics) {
      all.addObject()
          .put("key", key(metric.name()))
          .put("value", metric.value())
          .put("timestamp", metric.time())
          .put("step", metric.step());
    }
    post("runs/log-batch", body);
  }

  /** Logs settings, at most {@link #PARAMS}, and tags. */
  void log(String run, Map<String, String> params, Map<String, String> tags)
      throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("run_id", run);
    add(body.putArray("params"), params);
    add(body.putArray("tags"), tags);
    post("runs/log-batch", body);
  }

  private static void add(ArrayNode array, Map<String, String> values) {
    values.forEach(
        (name, value) ->
            array
                .addObject()
                .put("key", key(name))
                .put("value", value.substring(0, Math.min(value.length(), LONGEST_VALUE))));
  }

  /** Changes the status of a run: RUNNING, FINISHED, KILLED or FAILED; 0 for no end. */
  void update(String run, String status, long end) throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("run_id", run).put("status", status);
    if (end > 0) {
      body.put("end_time", end);
    }
    post("runs/update", body);
  }

  /** A name of the characters that MLflow allows. */
  private static String key(String name) {
    return name.replaceAll("[^A-Za-z0-9_./ -]", "_");
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    return send(path, HttpRequest.newBuilder(URI.create(base + path)).GET());
  }

  private JsonNode post(String path, ObjectNode body) throws IOException, InterruptedException {
    return send(
        path,
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString())));
  }

  private JsonNode send(String path, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = answer(path, request.timeout(ANSWER).build());
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    if (answer.statusCode() != 200) {
      throw new RefusedException(
          answer.statusCode(),
          String.format(
              Locale.ROOT,
              "%s: status %d: %s",
              path.replaceFirst("\\?.*", ""),
              answer.statusCode(),
              text.substring(0, Math.min(text.length(), LONGEST_ANSWER)).strip()));
    }
    return JSON.readTree(text.isEmpty() ? "{}" : text);
  }

  /** The whole answer, of a bounded size and within a time. */
  private HttpResponse<byte[]> answer(String path, HttpRequest request)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request, head -> new BoundedBody(MOST_BYTES));
    try {
      return answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    } catch (TimeoutException e) {
      throw new IOException(
          path.replaceFirst("\\?.*", "") + ": no answer in " + ANSWER.toSeconds() + " s", e);
    } finally {
      answer.cancel(true);
    }
  }
}
