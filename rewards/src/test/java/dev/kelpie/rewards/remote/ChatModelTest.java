package dev.kelpie.rewards.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rewards.remote.FakeServer.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A model behind a URL, with servers that answer well, badly and not at all. */
class ChatModelTest {
  private static final Question QUESTION = new Question("How good is it?", 0, 16, 0, 0);
  private static final String SECRET = "sk-very-secret-123";

  @TempDir private Path folder = Path.of("");

  @Test
  void asksAsTheServerExpects() throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("8"));
        Connections connections = connect(server, "api-key-env = KEY")) {
      ChatAnswer answer = connections.model("judge").ask(new Question("Hi \"you\"", 0.5, 7, 3, 0));
      assertThat(answer).isEqualTo(new ChatAnswer("8", true, Map.of()));
      assertThat(server.bodies())
          .containsExactly(
              "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi"
                  + " \\\"you\\\"\"}],\"temperature\":0.5,\"max_tokens\":7,\"seed\":3}");
      assertThat(server.heads().get(0))
          .startsWith("POST /v1/chat/completions HTTP/1.1\r\n")
          .contains("Authorization: Bearer " + SECRET)
          .doesNotContain("Upgrade");
    }
  }

  @Test
  void aProblemOfTheMomentIsTriedAgain() throws Exception {
    AtomicInteger times = new AtomicInteger();
    Function<String, Reply> replies =
        body ->
            switch (times.getAndIncrement()) {
              case 0 -> Reply.status("500 Internal Server Error", "{\"error\": \"out of memory\"}");
              case 1 -> Reply.ok("{\"choices\": [");
              default -> FakeServer.says("8");
            };
    try (FakeServer server = FakeServer.start(replies);
        Connections connections = connect(server, "")) {
      assertThat(connections.model("judge").ask(QUESTION).text()).isEqualTo("8");
      assertThat(server.bodies()).hasSize(3);
      assertThat(connections.model("judge").requests()).isEqualTo(3);
    }
  }

  @Test
  void aServerThatAsksForAPauseGetsIt() throws Exception {
    AtomicInteger times = new AtomicInteger();
    Function<String, Reply> replies =
        body ->
            times.getAndIncrement() == 0
                ? Reply.status("429 Too Many Requests", "slowly", "Retry-After: 2")
                : FakeServer.says("8");
    try (FakeServer server = FakeServer.start(replies);
        Connections connections = connect(server, "")) {
      long start = System.nanoTime();
      assertThat(connections.model("judge").ask(QUESTION).text()).isEqualTo("8");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(4));
    }
  }

  /** A reply, and the line that people see after the only attempt. */
  record Case(Reply reply, String line) {
    @Override
    public String toString() {
      return line;
    }
  }

  static List<Case> bad() {
    String echo = "{\"error\": {\"message\": \"Incorrect API key: " + SECRET + "\"}}";
    String half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"choices\"";
    return List.of(
        new Case(
            Reply.status("401 Unauthorized", echo),
            "models.judge: 401 unauthorized: Incorrect API key: *** (expected: a valid key in the"
                + " environment variable KEY)"),
        new Case(
            Reply.status("404 Not Found", "{\"message\": \"The model `tiny` does not exist.\"}"),
            "models.judge: 404 not found: The model `tiny` does not exist. (expected: a model tiny"
                + " at http://localhost:PORT/v1/chat/completions)"),
        new Case(
            Reply.status("429 Too Many Requests", "", "Retry-After: 1"),
            "models.judge: 429 too many requests"),
        new Case(
            Reply.status("429 Too Many Requests", "", "Retry-After: 3600"),
            "models.judge: 429 too many requests; asks for a pause of 3600 s"),
        new Case(
            Reply.status("500 Internal Server Error", "<html>\n<b>oops</b>\n</html>"),
            "models.judge: 500 error of the server: <html> <b>oops</b> </html>"),
        new Case(
            Reply.status("400 Bad Request", "{\"detail\": \"max_tokens is too large\"}"),
            "models.judge: 400 bad request: max_tokens is too large"),
        new Case(
            Reply.status("302 Found", "", "Location: http://example.org/"),
            "models.judge: 302 redirection (expected: the address itself; redirections are not"
                + " followed)"),
        new Case(Reply.ok("hello\u0007"), "models.judge: the answer is no JSON object: hello"),
        new Case(Reply.ok("[]"), "models.judge: the answer is no JSON object: []"),
        new Case(
            Reply.ok("{\"choices\": []}"),
            "models.judge: the answer has no choices[0].message.content (expected: a text)"),
        new Case(new Reply(half, 0), "models.judge: the answer ends early: "),
        new Case(
            Reply.ok("x".repeat(JsonServer.MOST_BYTES + 1)),
            "models.judge: an answer of more than 4194304 bytes"),
        new Case(Reply.never(), "models.judge: no answer within 500 ms"),
        // the head is there in time, the rest never
        new Case(
            new Reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", -2),
            "models.judge: no answer within 500 ms"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void everyProblemIsOneLineWithoutTheKey(Case one) throws Exception {
    try (FakeServer server = FakeServer.start(body -> one.reply());
        Connections connections =
            connect(server, "api-key-env = KEY, retries = 0, timeout = 500ms")) {
      String line = problem(connections).replace(":" + server.port() + "/", ":PORT/");
      if (one.line().endsWith(": ")) {
        assertThat(line).startsWith(one.line());
      } else {
        assertThat(line).isEqualTo(one.line());
      }
      assertThat(line).doesNotContain("\n").doesNotContain(SECRET);
      assertThat(server.bodies()).hasSize(1);
    }
  }

  @Test
  void aServerWithoutTlsAndOneThatIsNotThereAreSaidSo() throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("8"))) {
      String https = server.url().replace("http:", "https:");
      try (Connections connections = connect(https, "")) {
        assertThat(problem(connections))
            .startsWith("models.judge: TLS: ")
            .endsWith(
                "(expected: a server of https at localhost:"
                    + server.port()
                    + " with a certificate that Java trusts)");
      }
      server.close();
      try (Connections connections = connect(server.url(), "retries = 1")) {
        assertThat(problem(connections))
            .isEqualTo(
                "models.judge: no connection to localhost:" + server.port() + "; 2 attempts");
      }
    }
    try (Connections connections = connect("http://no-such-host.invalid/v1", "retries = 0")) {
      assertThat(problem(connections)).isEqualTo("models.judge: no host no-such-host.invalid");
    }
  }

  @Test
  void aKeyThatIsNotSetIsRefused() {
    assertThatThrownBy(() -> connect("http://localhost:1/v1", "api-key-env = NOT_THERE"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "models.judge.api-key-env: NOT_THERE is not set (expected: an environment variable with"
                + " the key)");
  }

  @Test
  void noMoreRequestsAreSentThanTheBudgetHas() throws Exception {
    AtomicInteger times = new AtomicInteger();
    try (FakeServer server =
        FakeServer.start(
            body ->
                times.getAndIncrement() == 0
                    ? Reply.status("503 Service Unavailable", "")
                    : FakeServer.says("8"))) {
      try (Connections connections = connect(server, "budget.requests = 3")) {
        ChatModel model = connections.model("judge");
        model.ask(question(1)); // two attempts
        model.ask(question(2));
        assertThat(connections.spent()).isEmpty();
        model.ask(question(2)); // known
        assertThatThrownBy(() -> model.ask(question(3)))
            .isInstanceOf(RemoteException.class)
            .hasMessage(
                "models.judge.budget.requests: all 3 are spent (expected: more, to continue the"
                    + " run)");
        assertThat(connections.spent()).isPresent();
      }
      try (Connections resumed = connect(server, "budget.requests = 4")) {
        resumed.model("judge").ask(question(3));
        assertThatThrownBy(() -> resumed.model("judge").ask(question(4)))
            .hasMessageContaining("all 4 are spent");
      }
      assertThat(server.bodies()).hasSize(4);
    }
  }

  @Test
  void moneyIsCountedByTokens() throws Exception {
    // 100 tokens in, 10 out: (100 * 2 + 10 * 5) / 1e6 = 0.00025 each; two reach 0.0005
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("8"));
        Connections connections =
            connect(server, "price { input = 2, output = 5 }, budget.money = 0.0005")) {
      connections.model("judge").ask(question(1));
      connections.model("judge").ask(question(2));
      assertThatThrownBy(() -> connections.model("judge").ask(question(3)))
          .hasMessageStartingWith("models.judge.budget.money: 5.0E-4 is spent, by 2 requests");
    }
  }

  @Test
  void anAnswerIsAskedOnceInARun() throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("8").after(100))) {
      List<String> problems = new ArrayList<>();
      try (Connections connections = connect(server, "")) {
        ChatModel model = connections.model("judge");
        // at the same time, too
        assertThat(together(4, () -> model.ask(question(1)).text())).containsOnly("8");
        model.ask(question(2));
      }
      assertThat(server.bodies()).hasSize(2);
      Path file = run().judgements().resolve("answers-0.jsonl");
      List<String> lines = Files.readAllLines(file);
      assertThat(lines).hasSize(2);
      Files.writeString(
          file, lines.get(0).replace("\"8\"", "\"9\"") + "\n" + lines.get(1) + "\n{\"key\":\"torn");
      try (Connections resumed = connect(server.url(), "", problems)) {
        assertThat(problems)
            .singleElement()
            .asString()
            .endsWith("2 lines are torn or damaged; what they held is asked again");
        resumed.model("judge").ask(question(2));
        assertThat(server.bodies()).hasSize(2);
        assertThat(resumed.model("judge").ask(question(1)).text()).isEqualTo("8");
        assertThat(server.bodies()).hasSize(3);
      }
      try (Connections again = connect(server, "")) {
        again.model("judge").ask(question(1));
        assertThat(server.bodies()).hasSize(3);
      }
      assertThat(Files.readString(file)).doesNotContain(SECRET);
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsReportedAndTheRunGoesOn() throws Exception {
    Files.createDirectories(run().root());
    Files.writeString(run().judgements(), "a file where the folder would be");
    List<String> problems = new ArrayList<>();
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("8"));
        Connections connections = connect(server.url(), "", problems)) {
      connections.model("judge").ask(QUESTION);
      connections.model("judge").ask(QUESTION);
      assertThat(server.bodies()).hasSize(1);
      assertThat(problems).singleElement().asString().contains("kept in memory only");
    }
  }

  @Test
  void concurrencyLimitsRequestsAtTheSameTime() throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("8").after(50));
        Connections connections = connect(server, "concurrency = 2")) {
      AtomicInteger next = new AtomicInteger();
      together(8, () -> connections.model("judge").ask(question(next.incrementAndGet())).text());
      assertThat(server.mostTogether()).isEqualTo(2);
    }
  }

  @Test
  void closingEndsEverythingAtOnce() throws Exception {
    try (FakeServer server = FakeServer.start(body -> Reply.never())) {
      Connections connections = connect(server, "concurrency = 1");
      ExecutorService callers = Executors.newFixedThreadPool(3);
      try {
        AtomicInteger next = new AtomicInteger();
        List<Future<String>> asked = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          asked.add(
              callers.submit(
                  () ->
                      problem(
                          () -> connections.model("judge").ask(question(next.incrementAndGet())))));
        }
        while (server.bodies().isEmpty()) {
          Thread.onSpinWait();
        }
        long start = System.nanoTime();
        connections.close();
        for (Future<String> one : asked) {
          assertThat(one.get()).isEqualTo("not asked, because the run ends");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
      } finally {
        callers.shutdownNow();
      }
      await(() -> server.connections() == 0, "connections");
      await(
          () -> {
            System.gc(); // the client's own thread ends when nothing refers to it
            return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().matches("remote|HttpClient.*"));
          },
          "threads");
    }
  }

  @Test
  void pausesGrowAndDependOnNothingButTheSeedTheRequestAndTheAttempt() {
    Backoff backoff = new Backoff(1);
    for (int attempt = 0; attempt < 8; attempt++) {
      long whole = Math.min(20_000, 500L << attempt);
      Duration pause = backoff.pause(7, attempt, Optional.empty());
      assertThat(pause).isBetween(Duration.ofMillis(whole / 2), Duration.ofMillis(whole));
      assertThat(new Backoff(1).pause(7, attempt, Optional.empty())).isEqualTo(pause);
    }
    assertThat(backoff.pause(7, 0, Optional.empty()))
        .isNotEqualTo(backoff.pause(8, 0, Optional.empty()));
    assertThat(backoff.pause(7, 0, Optional.of(Duration.ofSeconds(9))))
        .isEqualTo(Duration.ofSeconds(9));
    Instant now = Instant.parse("2026-01-02T03:04:05Z");
    assertThat(Backoff.retryAfter(" 12", now)).contains(Duration.ofSeconds(12));
    assertThat(Backoff.retryAfter("Fri, 02 Jan 2026 03:05:05 GMT", now))
        .contains(Duration.ofSeconds(60));
    assertThat(Backoff.retryAfter("Fri, 02 Jan 2026 03:00:00 GMT", now)).contains(Duration.ZERO);
    assertThat(Backoff.retryAfter("soon", now)).isEmpty();
  }

  @Test
  void firstTokensHaveTheirLogProbabilities() throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.first(Map.of("A", -0.25)));
        Connections connections = connect(server, "")) {
      ChatAnswer answer = connections.model("judge").ask(new Question("?", 0, 1, 0, 5));
      assertThat(answer.first().get("A")).isCloseTo(-0.25, within(1e-12));
      assertThat(server.bodies().get(0)).contains("\"logprobs\":true,\"top_logprobs\":5");
    }
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("A"));
        Connections connections = connect(server, "")) {
      assertThatThrownBy(() -> connections.model("judge").ask(new Question("??", 0, 1, 0, 5)))
          .hasMessageContaining("no logprobs.content[0].top_logprobs");
    }
  }

  private static Question question(int number) {
    return new Question("Question " + number, 0, 16, 0, 0);
  }

  private static <T> List<T> together(int times, Callable<T> call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(times);
    try {
      List<T> results = new ArrayList<>();
      for (var future : threads.invokeAll(Collections.nCopies(times, call))) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  private static String problem(Connections connections) throws InterruptedException {
    return problem(() -> connections.model("judge").ask(QUESTION));
  }

  private interface Asking {
    ChatAnswer ask() throws RemoteException, InterruptedException;
  }

  private static String problem(Asking asking) throws InterruptedException {
    try {
      return "answered: " + asking.ask();
    } catch (RemoteException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void await(Callable<Boolean> holds, String what) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (!holds.call()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private RunFolder run() {
    return new RunFolder(folder.resolve("run"));
  }

  private Connections connect(FakeServer server, String more) throws IOException {
    return connect(server.url(), more);
  }

  private Connections connect(String url, String more) throws IOException {
    return connect(url, more, new ArrayList<>());
  }

  private Connections connect(String url, String more, List<String> problems) throws IOException {
    Path file = folder.resolve("x.conf");
    Files.writeString(
        file,
        "data.path = d\npolicy.path = p\nmodels.judge { url = \""
            + url
            + "\", model = tiny, "
            + more
            + " }\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING);
    Experiment experiment = ExperimentFiles.load(file, List.of()).experiment();
    return Connections.open(
        experiment, Optional.of(run()), problems::add, name -> name.equals("KEY") ? SECRET : null);
  }
}
