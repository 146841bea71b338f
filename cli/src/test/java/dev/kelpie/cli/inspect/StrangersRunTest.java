package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.kelpie.cli.Kelpie;
import dev.kelpie.cli.train.PolicyTokens;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.runs.RecordedRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that look at a run folder from somebody else, made to harm. */
@Timeout(120)
class StrangersRunTest {
  private static final String SECRET = "a-secret-outside-of-the-folder";

  private record Result(int code, String text) {}

  private static Result kelpie(Object... arguments) {
    StringWriter text = new StringWriter();
    PrintWriter both = new PrintWriter(text);
    int code =
        Kelpie.commandLine()
            .setOut(both)
            .setErr(both)
            .execute(
                java.util.Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new));
    return new Result(code, text.toString());
  }

  /** A run folder with every file that the commands look at. */
  private static Path run(Path parent) throws IOException {
    Path run = Files.createDirectories(parent.resolve("run"));
    for (String folder : List.of("events", "checkpoints/step-1", "weights", "rollouts")) {
      Files.createDirectories(run.resolve(folder));
    }
    Files.writeString(
        run.resolve("experiment.conf"),
        ExperimentFiles.load(Path.of("../configs/quickstart.conf"), List.of()).render("x"));
    Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"reward/mean\":0.5}\n");
    Files.writeString(run.resolve("run-events.jsonl"), "");
    Files.writeString(run.resolve("summary.json"), "{\"status\":\"finished\",\"steps\":1}");
    Files.writeString(run.resolve("actors.json"), "{\"format\":2}");
    Files.writeString(run.resolve("lock"), "1\n");
    Files.writeString(run.resolve("events/000001.jsonl"), "");
    String empty = "{\"format\":1,\"step\":1,\"files\":[]}";
    Files.writeString(run.resolve("checkpoints/step-1/MANIFEST.json"), empty);
    Files.writeString(run.resolve("weights/MANIFEST.json"), empty);
    return run;
  }

  private static void look(Path run) {
    RunFolder folder = new RunFolder(run);
    RecordedRun page = RecordedRun.open(folder); // what kelpie dashboard shows
    assertThat(page.notes()).isNotNull();
    assertThat(page.progress()).isNotNull();
    try (PolicyTokens tokens = new PolicyTokens(folder)) {
      assertThat(tokens.apply(TokenIds.of(1))).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include url(\"URL\")",
        "include required(url(\"URL\"))",
        "include \"URL\"",
        "include required(\"URL\")",
        "include\n  url(\"URL\")",
        "include # a comment\n // and another\n required( url( \"URL\" ) )",
        "include\turl(\"URL\")",
        "include\"URL\"",
        "run { include url(\"URL\") }",
        "x = [{ include url(\"URL\") }]",
        "include url(\"\"\"URL\"\"\")",
        "a = 1, include url(\"URL\")",
        "include classpath(\"logback.xml\")",
        "include required(file(\"/etc/hostname\"))",
        "include file(\"../outside.conf\")",
        "include \"/etc/hostname\"",
        "include \"../outside.conf\"",
        "include required(\"inside.conf\")",
        "include package(\"org:name\", \"x.conf\")",
      })
  void anExperimentThatIncludesIsRefusedAndNobodyIsAsked(String include, @TempDir Path parent)
      throws IOException {
    AtomicInteger hits = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          hits.incrementAndGet();
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    server.start();
    try {
      Path run = run(parent);
      Files.writeString(parent.resolve("outside.conf"), "run.name = " + SECRET);
      Files.writeString(run.resolve("inside.conf"), "run.name = " + SECRET);
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/x.conf";
      Path experiment = run.resolve("experiment.conf");
      Files.writeString(
          experiment, "\n" + include.replace("URL", url) + "\n", StandardOpenOption.APPEND);
      Result listed = kelpie("runs", run, "--json");
      assertThat(listed.text()).contains("broken").contains("experiment.conf");
      Result inspected = kelpie("inspect", run);
      assertThat(inspected.code()).isEqualTo(2);
      assertThat(inspected.text()).contains("experiment.conf").doesNotContain(SECRET);
      kelpie("samples", run);
      look(run);
      for (String command : List.of("train", "cluster local")) {
        Result resumed = kelpie((Object[]) (command + " --resume " + run).split(" ", -1));
        assertThat(resumed.code()).isEqualTo(2);
        assertThat(resumed.text()).doesNotContain("\tat ").doesNotContain(SECRET);
      }
      assertThat(kelpie("cluster", "join", run).code()).isEqualTo(2);
      if (!include.contains("side.conf")) { // an own experiment may include files beside it
        assertThat(kelpie("validate", experiment).code()).isEqualTo(2);
        assertThat(kelpie("config", "explain", experiment).code()).isEqualTo(2);
      }
      assertThat(hits).hasValue(0);
    } finally {
      server.stop(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"${HOME}", "${?PATH}", "${run.steps}", "\"a\"${?USER}", "[${?HOME}]"})
  void substitutionsOfARecordedExperimentAreRefused(String value, @TempDir Path parent)
      throws IOException {
    Path run = run(parent);
    Files.writeString(
        run.resolve("experiment.conf"), "\nx = " + value + "\n", StandardOpenOption.APPEND);
    assertThat(kelpie("inspect", run).text()).contains("a substitution (expected:");
    assertThat(kelpie("train", "--resume", run).code()).isEqualTo(2);
    look(run);
  }

  @ParameterizedTest
  @CsvSource({
    "experiment.conf, pipe",
    "metrics.jsonl, pipe",
    "run-events.jsonl, pipe",
    "summary.json, pipe",
    "actors.json, pipe",
    "events/000001.jsonl, pipe",
    "checkpoints/step-1/MANIFEST.json, pipe",
    "weights/MANIFEST.json, pipe",
    "rollouts/step-1.arrow, pipe",
    "lock, pipe",
    "cluster.json, pipe",
    "page.json, pipe",
    "experiment.conf, link",
    "metrics.jsonl, link",
    "run-events.jsonl, link",
    "summary.json, link",
    "actors.json, link",
    "events/000001.jsonl, link",
    "events, link",
    "checkpoints, link",
    "rollouts, link",
    "weights, link",
    "checkpoints/step-1, link",
    "checkpoints/step-1/MANIFEST.json, link",
    "weights/MANIFEST.json, link",
    "rollouts/step-1.arrow, link",
    "lock, link",
    "metrics.jsonl, loop",
    "events, loop",
    "rollouts, loop",
    "checkpoints, loop"
  })
  void onlyRegularFilesOfTheFolderAreOpened(String file, String kind, @TempDir Path parent)
      throws Exception {
    Path run = run(parent);
    Path target = run.resolve(file);
    delete(target);
    Path outside = outside(parent);
    switch (kind) {
      case "pipe" ->
          assertThat(new ProcessBuilder("mkfifo", target.toString()).start().waitFor()).isZero();
      case "link" ->
          Files.createSymbolicLink(
              target,
              file.contains(".") || file.equals("lock") ? outside.resolve("file") : outside);
      default -> Files.createSymbolicLink(target, target);
    }
    for (Result seen :
        List.of(
            kelpie("runs", run, "--json"),
            kelpie("inspect", run),
            kelpie("samples", run),
            kelpie("cluster", "join", run))) {
      assertThat(seen.text()).doesNotContain(SECRET).doesNotContain("\tat ");
      assertThat(seen.text()).doesNotContain("777777"); // the names of what is outside
    }
    look(run);
    Result resumed = kelpie("train", "--resume", run, "-D", "dashboard.enabled=false");
    assertThat(resumed.code()).isEqualTo(2);
    assertThat(resumed.text()).doesNotContain(SECRET).doesNotContain("\tat ");
    assertThat(outside.resolve("file")).content().contains(SECRET); // nor is it written to
  }

  private static Path outside(Path parent) throws IOException {
    Path outside = Files.createDirectory(parent.resolve("outside"));
    String text = "{\"format\":1,\"status\":\"" + SECRET + "\",\"step\":1,\"files\":[]}\n";
    Files.writeString(outside.resolve("MANIFEST.json"), text);
    Files.writeString(outside.resolve("000001.jsonl"), text);
    Files.writeString(outside.resolve("777777.jsonl"), text);
    Files.writeString(outside.resolve("step-777777.arrow"), text);
    Files.createDirectory(outside.resolve("step-777777"));
    Files.writeString(outside.resolve("file"), text);
    return outside;
  }

  private static void delete(Path target) throws IOException {
    if (Files.isDirectory(target)) {
      try (var files = Files.list(target)) {
        for (Path file : files.toList()) {
          delete(file);
        }
      }
    }
    Files.deleteIfExists(target);
  }

  @Test
  void aManifestThatNamesFilesOutsideIsRefused(@TempDir Path parent) throws IOException {
    for (String path : List.of("../../../outside/file", "/etc/hostname", "a/../b", "./x", "")) {
      Path run = run(parent.resolve("of" + path.length()));
      Files.writeString(
          run.resolve("checkpoints/step-1/MANIFEST.json"),
          "{\"format\":1,\"step\":1,\"files\":[{\"path\":\"" + path + "\",\"bytes\":1}]}");
      assertThat(kelpie("inspect", run).text())
          .contains("files: path " + path + " (expected: files of the folder, once each)");
    }
  }

  @Test
  void aFileThatIsMostlyHolesIsRefused(@TempDir Path parent) throws IOException {
    Path run = run(parent);
    long bytes = 1L << 43;
    Path weights = run.resolve("weights/policy-v1.arrow");
    try (var channel =
        Files.newByteChannel(weights, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.position(bytes - 1).write(java.nio.ByteBuffer.wrap(new byte[1]));
    }
    Files.writeString(
        run.resolve("weights/MANIFEST.json"),
        "{\"format\":1,\"files\":[{\"path\":\"policy-v1.arrow\",\"bytes\":" + bytes + "}]}");
    assertThat(kelpie("inspect", run).text()).contains("expected: a file without holes");
    assertThat(kelpie("inspect", weights).text()).contains("expected: a file without holes");
    try (var channel =
        Files.newByteChannel(run.resolve("metrics.jsonl"), StandardOpenOption.WRITE)) {
      channel.position(bytes - 1).write(java.nio.ByteBuffer.wrap(new byte[1]));
    }
    assertThat(kelpie("inspect", run).text()).contains("metrics.jsonl: not readable: no line end");
    look(run);
  }

  @Test
  void foreignTextIsPrintedWithoutControlCharacters(@TempDir Path parent) throws IOException {
    String hostile = "\u001b[2J\u009b1m\u202e\rx";
    Path run = run(parent);
    Path renamed = Files.move(run, parent.resolve("r" + hostile));
    String json = hostile.replace("\u001b", "\\u001b").replace("\r", "\\r");
    Files.writeString(
        renamed.resolve("summary.json"),
        "{\"status\":\"" + json + "\",\"error\":\"" + json + "\"}");
    Files.writeString(
        renamed.resolve("run-events.jsonl"),
        "{\"time\":\"2026-01-02T03:04:05Z\",\"level\":\"ERROR\",\"source\":\""
            + json
            + "\",\"text\":\""
            + json
            + "\"}\n");
    Files.writeString(
        renamed.resolve("experiment.conf"), "# " + hostile + "\nx" + hostile + " = [\n");
    for (Result seen :
        List.of(
            kelpie("runs", parent),
            kelpie("runs", parent, "--json"),
            kelpie("inspect", renamed),
            kelpie("inspect", renamed, "--json"),
            kelpie("samples", renamed),
            kelpie("dashboard", parent.resolve("none" + hostile)),
            kelpie("validate", renamed.resolve("experiment.conf")),
            kelpie("config", "explain", renamed.resolve("experiment.conf")),
            kelpie("train", "--resume", renamed),
            kelpie("train", parent.resolve("none" + hostile)),
            kelpie("no" + hostile))) {
      assertThat(seen.text()).doesNotContainPattern("[\u001b\u009b\u202e\r]").isNotBlank();
    }
  }
}
