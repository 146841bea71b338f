package dev.kelpie.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** An OpenAI-compatible server of this process, whose model a test scripts. */
public final class JudgeServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private JudgeServer(HttpServer server) {
    this.server = server;
  }

  /**
   * A server whose model gives each text an answer; none at all, for ever, where it is empty.
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
      Object message = Map.of("message", Map.of("content", answer), "finish_reason", "stop");
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
