package dev.kelpie.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** An OpenAI-compatible server of this process, whose model a test scripts. */
public final class JudgeServer implements AutoCloseable {
  /** A status of 500, a body that is no JSON, one that ends early, an answer of the next second. */
  public static final List<String> FAULTS = List.of("!500", "!garbage", "!half", "!slow");

  private static final int LONGER = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private JudgeServer(HttpServer server) {
    this.server = server;
  }

  /**
   * A server whose model gives each text an answer; none at all, for ever, where it is empty. An
   * answer of {@link #FAULTS} is that fault in place of a completion.
   *
   * @param answers from the text of a question
   */
  public static JudgeServer start(Function<String, String> answers) throws IOException {
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    JudgeServer judge = new JudgeServer(http);
    http.setExecutor(judge.threads);
    http.createContext("/", exchange -> judge.handle(exchange, answers));
    http.start();
    return judge;
  }

  private void handle(HttpExchange exchange, Function<String, String> answers) throws IOException {
    try (exchange) {
      JsonNode body = JSON.readTree(exchange.getRequestBody());
      String question = body.at("/messages/0/content").asText();
      asked.add(question);
      String answer = answers.apply(question);
      if (answer.isEmpty()) {
        awaitEnd();
        return;
      }
      if (fails(exchange, answer)) {
        return;
      }
      String text = answer.equals("!slow") ? number(question) : answer;
      Object message = Map.of("message", Map.of("content", text), "finish_reason", "stop");
      byte[] bytes =
          JSON.writeValueAsString(
                  Map.of(
                      "choices",
                      List.of(message),
                      "usage",
                      Map.of("prompt_tokens", 50, "completion_tokens", 1)))
              .getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  /** Whether {@code answer} is a fault, which it has then made; a slow one waits and is none. */
  private boolean fails(HttpExchange exchange, String answer) throws IOException {
    byte[] body = "<html>".getBytes(StandardCharsets.UTF_8);
    switch (answer) {
      case "!500" -> exchange.sendResponseHeaders(500, -1);
      case "!garbage" -> {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
      case "!half" -> {
        exchange.sendResponseHeaders(200, body.length + LONGER);
        exchange.getResponseBody().write(body);
        exchange.getResponseBody().flush();
      }
      case "!slow" -> awaitEnd(Duration.ofSeconds(1));
      default -> {
        // an answer
      }
    }
    return FAULTS.contains(answer) && !answer.equals("!slow");
  }

  private void awaitEnd(Duration most) {
    try {
      closed.await(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitEnd() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A number from 0 to 10 that depends on the question only. */
  public static String number(String question) {
    return "Score: " + Math.floorMod(question.hashCode(), 11);
  }

  public String url() {
    return "http://localhost:" + server.getAddress().getPort() + "/v1";
  }

  /** All questions so far. */
  public List<String> asked() {
    return asked;
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
