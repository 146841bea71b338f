package dev.kelpie.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.ruiyun.jvppeteer.api.core.Browser;
import com.ruiyun.jvppeteer.api.core.CDPSession;
import com.ruiyun.jvppeteer.api.events.ConnectionEvents;
import com.ruiyun.jvppeteer.cdp.core.Puppeteer;
import com.ruiyun.jvppeteer.cdp.entities.ConnectOptions;
import com.ruiyun.jvppeteer.cdp.events.EntryAddedEvent;
import com.ruiyun.jvppeteer.cdp.events.ExceptionThrownEvent;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A browser without a window, driven by its DevTools protocol; one page at a time. */
final class Chromium implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String LISTENING = "DevTools listening on ";

  private final Process process;
  private final Browser browser;
  private final CDPSession session;
  private final List<String> errors = new CopyOnWriteArrayList<>();

  private Chromium(Process process, Browser browser, CDPSession session) {
    this.process = process;
    this.browser = browser;
    this.session = session;
  }

  /** The browser on the path, if there is one. */
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
      Browser connected = connect(address(process.inputReader()));
      Chromium chromium = new Chromium(process, connected, connected.newPage().createCDPSession());
      chromium.listen();
      return chromium;
    } catch (IOException | RuntimeException e) {
      end(process);
      throw e;
    }
  }

  private static String address(BufferedReader lines) throws IOException {
    List<String> said = new ArrayList<>();
    String line;
    while ((line = lines.readLine()) != null) {
      said.add(line);
      if (line.startsWith(LISTENING)) {
        readOn(lines, "chromium-output", text -> {});
        return line.substring(LISTENING.length());
      }
    }
    throw new IOException("the browser does not start: " + String.join("\n", said));
  }

  private static Browser connect(String address) throws IOException {
    ConnectOptions options = new ConnectOptions();
    options.setBrowserWSEndpoint(address);
    options.setProtocolTimeout((int) PATIENCE.toMillis());
    try {
      return Puppeteer.connect(options);
    } catch (Exception e) {
      throw new IOException("the browser at " + address + " cannot be steered", e);
    }
  }

  private void listen() {
    Consumer<ExceptionThrownEvent> thrown =
        event -> errors.add(event.getExceptionDetails().getException().getDescription());
    Consumer<EntryAddedEvent> logged =
        event -> {
          if (event.getEntry().getLevel().equals("error")) {
            errors.add(event.getEntry().getText());
          }
        };
    session.on(ConnectionEvents.Runtime_exceptionThrown, thrown);
    session.on(ConnectionEvents.Log_entryAdded, logged);
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      send(domain + ".enable", Map.of());
    }
  }

  /** Keeps reading the output of a process, so that it never waits for a reader. */
  static void readOn(BufferedReader lines, String name, Consumer<String> taker) {
    Thread reader =
        new Thread(
            () -> {
              try {
                lines.lines().forEach(taker);
              } catch (UncheckedIOException e) {
                // the process ended
              }
            },
            name);
    reader.setDaemon(true);
    reader.start();
  }

  private JsonNode send(String method, Map<String, ?> parameters) {
    // the client takes what is null out of the map
    Map<String, Object> changeable = new HashMap<>(parameters);
    return session.send(method, changeable, (int) PATIENCE.toMillis(), true);
  }

  /** Opens an address. */
  void open(String url) {
    send("Page.navigate", Map.of("url", url));
  }

  /** Sets the size of the page, and whether it is a phone. */
  void resize(int width, int height, boolean phone) {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
  }

  /** Sets the preferred colour scheme, {@code light} or {@code dark}. */
  void prefer(String colours) {
    send(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
  }

  /** Takes the page offline, or back online. */
  void offline(boolean offline) {
    send(
        "Network.emulateNetworkConditions",
        Map.of("offline", offline, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  /** The value of an expression; of a promise, the value it resolves to. */
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

  /** Waits within the page until an expression is true; the error has the text of the page. */
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

  /** Presses and releases a key, such as {@code Tab} or {@code ArrowRight}. */
  void press(String key) {
    for (String type : List.of("keyDown", "keyUp")) {
      send("Input.dispatchKeyEvent", Map.of("type", type, "key", key, "code", key));
    }
  }

  /** Clicks an element, in view or not. */
  void click(String selector) {
    evaluate("document.querySelector(" + JSON.valueToTree(selector) + ").click()");
  }

  /** Moves the mouse to a point of the window and presses the button. */
  void pressAt(double x, double y) {
    mouse("mouseMoved", "none", x, y);
    mouse("mousePressed", "left", x, y);
  }

  /** Releases the button. */
  void releaseAt(double x, double y) {
    mouse("mouseReleased", "left", x, y);
  }

  private void mouse(String type, String button, double x, double y) {
    send(
        "Input.dispatchMouseEvent",
        Map.of("type", type, "x", x, "y", y, "button", button, "clickCount", 1));
  }

  /** Writes a screenshot as PNG. */
  void screenshot(Path file) throws IOException {
    JsonNode picture = send("Page.captureScreenshot", Map.of("format", "png"));
    Files.write(file, Base64.getDecoder().decode(picture.get("data").asText()));
  }

  /** Errors and exceptions of the page so far. */
  List<String> errors() {
    return List.copyOf(errors);
  }

  @Override
  public void close() {
    browser.disconnect();
    end(process);
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
  }
}
