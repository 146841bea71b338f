package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.SmallExperiment;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code scripts/launch-cluster.sh}, with {@code kelpie} and all it starts, on the classes built.
 */
class LaunchScriptTest {
  private static final Pattern UNITS =
      Pattern.compile("kelpie_actor_units\\{.*actor=\"([^\"]*)\",role=\"rollout\".*\\} ([0-9.E]+)");

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void layOutATree() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here, so no launcher");
    Files.createDirectories(folder.resolve("scripts"));
    Files.createDirectories(folder.resolve("cli/target"));
    for (String script : List.of("kelpie", "scripts/launch-cluster.sh")) {
      Files.copy(Path.of("..", script), folder.resolve(script), StandardCopyOption.COPY_ATTRIBUTES);
    }
    // As after a build: every module's classes, and what they need.
    try (Stream<Path> modules = Files.list(Path.of("..").toAbsolutePath().normalize())) {
      for (Path module : modules.filter(LaunchScriptTest::isBuilt).toList()) {
        Path target = folder.resolve(module.getFileName()).resolve("target");
        Files.createDirectories(target);
        Files.createSymbolicLink(target.resolve("classes"), module.resolve("target/classes"));
      }
    }
    KelpieJvm.layOutBuild(folder.resolve("cli/target"));
  }

  private static boolean isBuilt(Path module) {
    return Files.isDirectory(module.resolve("target/classes"));
  }

  @Test
  void workerJoinsTakesItsPartAndLeaves() throws Exception {
    Path run = folder.resolve("run");
    String experiment =
        SmallExperiment.write(
                folder,
                "run.steps = 100000, dashboard.port = 0, rollout { prompts-per-step = 8,"
                    + " unit-prompts = 1, group-size = 2, max-new-tokens = 8, threads = 1 }")
            .toString();
    try (LaunchedCluster cluster =
        launch("local", experiment, "--rollout-workers", "1", "--run-dir", run.toString())) {
      cluster.awaitLine("step 1/");
      try (LaunchedCluster joined = launch("join", run.toString())) {
        joined.awaitLine("processes: joined-");
        cluster.await("a unit by each worker", () -> workers(cluster).size() == 2);
        joined.signal("INT");
        joined.awaitLine("leaving the run");
        joined.awaitEnd();
        joined.awaitNobody();
      }
      int seen = cluster.steps();
      cluster.await("steps without it", () -> cluster.steps() > seen + 1);
      cluster.signal("INT");
      cluster.awaitLine("stopped: ");
      cluster.awaitEnd();
      cluster.awaitNobody();
    }
    JsonNode summary = JsonMapper.builder().build().readTree(run.resolve("summary.json").toFile());
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(run.resolve("logs")).isDirectoryContaining("glob:**/joined-*-1.log");
  }

  private LaunchedCluster launch(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(folder.resolve("scripts/launch-cluster.sh").toString()));
    command.addAll(List.of(arguments));
    command.add("-J-XX:TieredStopAtLevel=1");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return LaunchedCluster.start(builder);
  }

  /** The rollout workers that have finished a unit, as the run's page knows them. */
  private static Set<String> workers(LaunchedCluster cluster) {
    Set<String> workers = new TreeSet<>();
    Matcher unit = UNITS.matcher(metrics(cluster));
    while (unit.find()) {
      if (Double.parseDouble(unit.group(2)) > 0) {
        workers.add(unit.group(1));
      }
    }
    return workers;
  }

  private static String metrics(LaunchedCluster cluster) {
    String page =
        cluster.lines().stream()
            .filter(line -> line.startsWith("page: http"))
            .findFirst()
            .orElseThrow()
            .substring("page: ".length());
    String[] address = page.split("/\\?token=", 2);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address[0] + "/metrics"))
            .header("Authorization", "Bearer " + address[1])
            .build();
    try {
      return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
