package dev.kelpie.cli.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/** The forms of MLflow's REST interface that runs use, as version 2 of the server checks them. */
final class MlflowServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_./ -]{1,250}");

  private final HttpServer http;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  final Map<String, String> experiments = new ConcurrentHashMap<>();
  final Map<String, Run> runs = new ConcurrentHashMap<>();
  final List<String> wrong = new ArrayList<>();
  volatile boolean down;

  /** A run: its numbers by name and step. */
  static final class Run {
    String status = "RUNNING";
    String name = "";
    final Map<String, String> params = new ConcurrentHashMap<>();
    final Map<String, String> tags = new ConcurrentHashMap<>();
    final Map<String, NavigableMap<Long, Double>> metrics = new ConcurrentHashMap<>();
  }

  MlflowServer() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.setExecutor(threads);
    http.createContext("/api/2.0/mlflow/", this::handle);
    http.start();
  }

  String url() {
    return "http://127.0.0.1:" + http.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      int status = 500;
      String text = "{}";
      if (!down) {
        try {
          text = answer(exchange, body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body));
          status = text.isEmpty() ? 404 : 200;
          text = text.isEmpty() ? "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}" : text;
        } catch (IllegalArgumentException e) {
          synchronized (wrong) {
            wrong.add(exchange.getRequestURI() + ": " + e.getMessage());
          }
          status = 400;
        }
      }
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  /** The answer; empty for what is not there. */
  private synchronized String answer(HttpExchange exchange, JsonNode body) {
    String path = exchange.getRequestURI().getPath().replace("/api/2.0/mlflow/", "");
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    require(
        exchange.getRequestMethod().equals(path.matches(".*/get(-by-name)?") ? "GET" : "POST"),
        "method " + exchange.getRequestMethod());
    return switch (path) {
      case "experiments/get-by-name" -> {
        String id = experiments.get(query.replace("experiment_name=", ""));
        yield id == null ? "" : "{\"experiment\":{\"experiment_id\":\"" + id + "\"}}";
      }
      case "experiments/create" -> {
        String made = String.valueOf(experiments.size() + 1);
        experiments.put(text(body, "name"), made);
        yield "{\"experiment_id\":\"" + made + "\"}";
      }
      case "runs/create" -> {
        require(experiments.containsValue(text(body, "experiment_id")), "experiment_id");
        require(body.path("start_time").isIntegralNumber(), "start_time");
        Run run = new Run();
        run.name = text(body, "run_name");
        String name = "run" + (runs.size() + 1);
        runs.put(name, run);
        yield "{\"run\":{\"info\":{\"run_id\":\"" + name + "\"}}}";
      }
      case "runs/get" -> runs.containsKey(query.replace("run_id=", "")) ? "{\"run\":{}}" : "";
      case "runs/log-batch" -> {
        log(run(body), body);
        yield "{}";
      }
      case "runs/update" -> {
        Run ended = run(body);
        String status = text(body, "status");
        require(List.of("RUNNING", "FINISHED", "KILLED", "FAILED").contains(status), "status");
        ended.status = status;
        yield "{\"run_info\":{}}";
      }
      default -> throw new IllegalArgumentException("no such request");
    };
  }

  private Run run(JsonNode body) {
    return Optional.ofNullable(runs.get(text(body, "run_id")))
        .orElseThrow(() -> new IllegalArgumentException("run_id"));
  }

  private static void log(Run run, JsonNode body) {
    require(body.path("metrics").size() <= 1000, "more than 1000 metrics");
    require(body.path("params").size() <= 100, "more than 100 params");
    for (JsonNode metric : body.path("metrics")) {
      require(metric.path("value").isNumber(), "value");
      require(metric.path("timestamp").isIntegralNumber(), "timestamp");
      require(metric.path("step").isIntegralNumber(), "step");
      NavigableMap<Long, Double> values =
          run.metrics.computeIfAbsent(key(metric), key -> new TreeMap<>());
      Double before = values.put(metric.path("step").asLong(), metric.path("value").asDouble());
      require(before == null, "twice: " + metric);
    }
    for (JsonNode param : body.path("params")) {
      String value = text(param, "value");
      require(value.length() <= 500, "value of " + value.length());
      require(run.params.put(key(param), value) == null, "param twice");
    }
    body.path("tags").forEach(tag -> run.tags.put(key(tag), text(tag, "value")));
  }

  private static String key(JsonNode entry) {
    String key = text(entry, "key");
    require(KEY.matcher(key).matches(), "key " + key);
    return key;
  }

  private static String text(JsonNode body, String field) {
    require(body.path(field).isTextual(), field);
    return body.path(field).asText();
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException(what);
    }
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }
}
