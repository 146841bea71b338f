package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Run folders and a plugin that commit 4b33e19 made. {@code compat/runs.zip} has {@code
 * compat.conf}, its data and its policy (random weights, 16 wide), {@code runs/finished} (6 steps)
 * and {@code runs/interrupted}, which was killed in step 6 and has a checkpoint of step 4; paths in
 * them begin with {@code /earlier}. {@code compat/plugin.jar} is {@code examples/reward}.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class EarlierCommitTest {
  /** What that commit reaches on {@link #CPU}, without a kill or resumed after it. */
  private static final String POLICY =
      "01c4a844bea503bc1ece828fc3f0aa03ec4fc898271711fce2516b97f6312834";

  /** Where its numbers are from: another kind rounds otherwise. */
  private static final String CPU = "AuthenticAMD avx2";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private static Path earlier = Path.of("");

  @BeforeAll
  static void unpack() throws IOException {
    try (ZipInputStream zip = new ZipInputStream(resource("runs.zip"))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = earlier.resolve(entry.getName());
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, zip.readAllBytes());
      }
    }
    try (Stream<Path> files = Files.walk(earlier.resolve("runs"), 2)) {
      for (Path file : files.filter(one -> one.toString().matches(".*\\.(conf|json)")).toList()) {
        String text = Files.readString(file);
        Files.writeString(file, text.replace("\"/earlier/", "\"" + earlier + "/"));
      }
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(EarlierCommitTest.class.getResourceAsStream("/compat/" + name));
  }

  private static Path finished() {
    return earlier.resolve("runs/finished");
  }

  @Test
  void itsInterruptedRunIsResumedToTheSamePolicy() throws IOException {
    Path folder = FinishedRun.copy(earlier.resolve("runs/interrupted"), earlier.resolve("resumed"));
    CommandLineRun run = CommandLineRun.of("train", "--resume", folder.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("finished: 6 steps").contains("ledger: clean");
    JsonNode summary = JSON.readTree(folder.resolve("summary.json").toFile());
    assertThat(summary.path("steps").asInt()).isEqualTo(6);
    // 24 prompts x 4; step 5 and the unit in flight were issued twice
    assertThat(summary.at("/ledger/consumed").asInt()).isEqualTo(96);
    assertThat(summary.at("/ledger/dropped-by/restart").asInt()).isEqualTo(32);
    if (cpu().equals(CPU)) {
      assertThat(summary.path("policy-sha256").asText()).isEqualTo(POLICY);
    } else {
      System.out.println("policy-sha256 is not compared: this is " + cpu() + ", not " + CPU);
    }
  }

  @Test
  void itsRunsAreListed() {
    CommandLineRun runs = CommandLineRun.of("runs", earlier.resolve("runs").toString());
    assertThat(runs.code()).as(runs.err()).isZero();
    assertThat(runs.out().lines().map(line -> line.replaceAll(" +", " ")))
        .anyMatch(line -> line.startsWith("finished finished 6/6 0.125 0.500 -> 0.500 3 "))
        .anyMatch(line -> line.startsWith("interrupted killed 5/6 0.250 "));
  }

  @Test
  void itsRunIsInspected() {
    CommandLineRun seen = CommandLineRun.of("inspect", finished().toString());
    assertThat(seen.code()).as(seen.out() + seen.err()).isZero();
    assertThat(seen.line("policy-sha256")).endsWith(POLICY);
    assertThat(seen.line("  issued").replaceAll(" +", " ")).isEqualTo(" issued 128");
    // two checkpoints and two published versions
    assertThat(seen.out().lines().filter(line -> line.contains("as written"))).hasSize(4);
  }

  @Test
  void itsSamplesAreShown() {
    CommandLineRun shown =
        CommandLineRun.of("samples", finished().toString(), "--step", "3", "--group", "1");
    assertThat(shown.code()).as(shown.err()).isZero();
    assertThat(shown.out())
        .contains("group 1 (one of 4): 4 of 4 responses, rewards 0.000 to 1.000, mean 0.500")
        .contains("5+3?")
        .contains("#0  reward 1.000  advantage +0.866  letter 1.000  length, 8 tokens");
  }

  @Test
  void itsRunIsOpenedInTheDashboard() throws Exception {
    CommandLine command = Kelpie.commandLine();
    try (PipedReader reader = new PipedReader();
        BufferedReader lines = new BufferedReader(reader)) {
      command.setOut(new PrintWriter(new PipedWriter(reader), true));
      Thread serving =
          new Thread(() -> command.execute("dashboard", finished().toString(), "--port", "0"));
      serving.start();
      String line = lines.readLine();
      while (!line.startsWith("page: ")) {
        line = lines.readLine();
      }
      JsonNode news = news(URI.create(line.substring("page: ".length())));
      assertThat(news.findValue("actors")).as("%s", news).hasSize(11);
      assertThat(news.findValue("ledger").path("consumed").asInt()).isEqualTo(96);
      // format 1 of actors.json says in_flight
      assertThat(news.findValue("ledger").path("in-flight").asInt(-1)).isZero();
      assertThat(news.has("notes")).as("%s", news.path("notes")).isFalse(); // every file was read
      serving.interrupt();
      serving.join();
    }
  }

  /** The first news of the page's stream: everything there is to be seen. */
  private static JsonNode news(URI page) throws IOException, InterruptedException {
    HttpClient client =
        HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    client.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.discarding());
    HttpRequest stream = HttpRequest.newBuilder(page.resolve("/api/stream")).build();
    try (Stream<String> lines = client.send(stream, HttpResponse.BodyHandlers.ofLines()).body()) {
      String data = lines.filter(line -> line.startsWith("data: ")).findFirst().orElse("");
      return JSON.readTree(data.substring("data: ".length()));
    }
  }

  @Test
  void itsPluginIsLoadedAndScores() throws Exception {
    Path jar = earlier.resolve("plugin.jar");
    Files.write(jar, resource("plugin.jar").readAllBytes());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    String classPath = System.getProperty("java.class.path") + File.pathSeparator + jar;
    command.addAll(List.of("-cp", classPath, Kelpie.class.getName(), "validate"));
    command.add(earlier.resolve("compat.conf").toString());
    command.addAll(List.of("-D", "reward.brevity.type=word-count"));
    command.addAll(List.of("-D", "reward.brevity.words=2"));
    Path log = earlier.resolve("validate.log");
    int code =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    // an answer is one word, half of two; it has no letter e
    assertThat(Files.readString(log))
        .contains("reference answers as responses score 0.5, 0.5, 0.5");
    assertThat(code).isZero();
  }

  /** Maker and widest vectors of this CPU, which the order of sums depends on. */
  private static String cpu() throws IOException {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return System.getProperty("os.name") + " " + System.getProperty("os.arch");
    }
    String about = Files.readString(file, StandardCharsets.ISO_8859_1);
    String vendor =
        about
            .lines()
            .filter(line -> line.startsWith("vendor_id"))
            .findFirst()
            .orElse("vendor_id : " + System.getProperty("os.arch"))
            .replaceFirst(".*: ", "");
    return vendor + Stream.of(" avx512f", " avx2").filter(about::contains).findFirst().orElse("");
  }
}
