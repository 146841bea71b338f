package dev.kelpie.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A browser without a window, steered by its DevTools protocol; one page at a time. */
final class Chromium implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String LISTENING = "DevTools listening on ";

  private final Process process;
  private final WebSocket socket;
  private final Answers answers;
  private final AtomicInteger ids = new AtomicInteger();
  private String session = "";

  private Chromium(Process process, WebSocket socket, Answers answers) {
    this.process = process;
    this.socket = socket;
    this.answers = answers;
  }

  /** Where the browser is, if there is one on the path. */
  static Optional<Path> find() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(
            folder ->
                Stream.of("chromium", "chromium-browser", "google-chrome", "chrome")
                    .map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts it with an empty page.
   *
   * @param profile an empty folder for what it keeps
   */
  static Chromium start(Path browser, Path profile) throws IOException {
    List<String> command =
        List.of(
            browser.toString(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            "--user-data-dir=" + profile,
            "about:blank");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("TMPDIR", profile.toString());
    Process process = builder.start();
    try {
      URI address = address(process.inputReader());
      Answers answers = new Answers();
      WebSocket socket =
          HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, answers).join();
      Chromium chromium = new Chromium(process, socket, answers);
      chromium.attach();
      return chromium;
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static URI address(BufferedReader lines) throws IOException {
    String line;
    while ((line = lines.readLine()) != null) {
      if (line.startsWith(LISTENING)) {
        readOn(lines, "chromium-output");
        return URI.create(line.substring(LISTENING.length()));
      }
    }
    throw new IOException("the browser does not start");
  }

  /** Reads what a process prints further, so that it never waits for a reader. */
  static void readOn(BufferedReader lines, String name) {
    Thread reader =
        new Thread(
            () -> {
              try {
                while (lines.readLine() != null) {}
              } catch (IOException e) {
                // the process ended
              }
            },
            name);
    reader.setDaemon(true);
    reader.start();
  }

  private void attach() {
    String target =
        send("Target.createTarget", Map.of("url", "about:blank")).get("targetId").asText();
    session =
        send("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .get("sessionId")
            .asText();
    send("Page.enable", Map.of());
    send("Runtime.enable", Map.of());
    send("Log.enable", Map.of());
    send("Network.enable", Map.of());
  }

  private JsonNode send(String method, Map<String, ?> parameters) {
    int id = ids.incrementAndGet();
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = answers.expect(id);
    socket.sendText(message.toString(), true).join();
    JsonNode told = answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    if (told.has("error")) {
      throw new IllegalStateException(method + ": " + told.get("error"));
    }
    return told.get("result");
  }

  /** Goes to an address. */
  void open(String url) {
    send("Page.navigate", Map.of("url", url));
  }

  /** The size of the page, and whether it is a phone. */
  void resize(int width, int height, boolean phone) {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
  }

  /** What the page is told of the person's colours. */
  void prefer(String colours) {
    send(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
  }

  /** Takes the network away, or gives it back. */
  void offline(boolean offline) {
    send(
        "Network.emulateNetworkConditions",
        Map.of("offline", offline, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  /** The value of an expression; of a promise, what it comes to. */
  JsonNode evaluate(String expression) {
    JsonNode told =
        send(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    if (told.has("exceptionDetails")) {
      throw new IllegalStateException(
          expression + ": " + told.at("/exceptionDetails/exception/description").asText());
    }
    return told.at("/result/value");
  }

  /** Waits within the page until an expression is true; an error tells what it was instead. */
  void await(String expression, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    String wait =
        "new Promise((done) => { const look = (n) => { let ok = false; try { ok = "
            + expression
            + "; } catch (e) { ok = false; } if (ok) done(true); else if (n === 0) done(false);"
            + " else setTimeout(() => look(n - 1), 50); }; look(100); })";
    while (System.nanoTime() < end) {
      if (evaluate(wait).asBoolean()) {
        return;
      }
    }
    throw new AssertionError(
        "not within "
            + patience
            + ": "
            + expression
            + "; the page says: "
            + evaluate("document.body.innerText").asText());
  }

  /** Presses and lets go a key, as {@code Tab} or {@code ArrowRight}. */
  void press(String key) {
    for (String type : List.of("keyDown", "keyUp")) {
      send("Input.dispatchKeyEvent", Map.of("type", type, "key", key, "code", key));
    }
  }

  /** Clicks in the middle of the element. */
  void click(String selector) {
    evaluate("document.querySelector(" + JSON.valueToTree(selector) + ").click()");
  }

  /** A picture of what is seen, as PNG. */
  void screenshot(Path file) throws IOException {
    JsonNode picture = send("Page.captureScreenshot", Map.of("format", "png"));
    Files.write(file, Base64.getDecoder().decode(picture.get("data").asText()));
  }

  /** Errors and exceptions of the page so far. */
  List<String> errors() {
    return List.copyOf(answers.errors);
  }

  @Override
  public void close() {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** Takes in what the browser says. */
  private static final class Answers implements WebSocket.Listener {
    private final Map<Integer, CompletableFuture<JsonNode>> expected = new ConcurrentHashMap<>();
    private final List<String> errors = new CopyOnWriteArrayList<>();
    private final StringBuilder text = new StringBuilder();

    CompletableFuture<JsonNode> expect(int id) {
      return expected.computeIfAbsent(id, key -> new CompletableFuture<>());
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        take(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    private void take(String message) {
      try {
        JsonNode node = JSON.readTree(message);
        if (node.has("id")) {
          expect(node.get("id").asInt()).complete(node);
        } else if (node.path("method").asText().equals("Runtime.exceptionThrown")) {
          errors.add(node.at("/params/exceptionDetails/exception/description").asText());
        } else if (node.at("/params/entry/level").asText().equals("error")) {
          errors.add(node.at("/params/entry/text").asText());
        }
      } catch (IOException e) {
        errors.add(e.toString());
      }
    }
  }
}
