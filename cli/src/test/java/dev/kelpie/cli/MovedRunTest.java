package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run folder that was moved and whose policy and data are gone. */
class MovedRunTest {
  @Test
  void isSeenAndResumedWithoutWhatItDoesNotNeed(@TempDir Path folder) throws Exception {
    Path policy = folder.resolve("policy");
    Files.createDirectory(policy);
    SmallDisk.copy(Shipped.configs().resolve("quickstart/policy"), policy);
    String experiment =
        SmallExperiment.write(
                folder,
                "policy.path = policy, run.steps = 1, dashboard.enabled = false, learner.threads ="
                    + " 1\n"
                    + "rollout { prompts-per-step = 4, group-size = 4, threads = 1 }")
            .toString();
    Path first = folder.resolve("first");
    succeed("train", experiment, "--run-dir", first.toString());
    Path twin = Files.createDirectories(folder.resolve("twin"));
    SmallDisk.copy(first, twin);
    succeed("train", "--resume", twin.toString(), "-D", "run.steps=2");

    Path moved = folder.resolve("elsewhere/the first");
    Files.createDirectory(moved.getParent());
    Files.move(first, moved);
    Files.move(policy, folder.resolve("gone"));
    assertThat(naming(moved, first)).isEmpty();
    // two steps are the same two steps, wherever the folder lies
    succeed("train", "--resume", moved.toString(), "-D", "run.steps=2");
    assertThat(policyOf(moved)).isEqualTo(policyOf(twin)).matches("[0-9a-f]{64}");
    assertThat(moved.resolve("experiment.conf")).content().contains(policy.toString());

    try (LaunchedCluster cluster =
        LaunchedCluster.start(
            List.of("local", "--resume", moved.toString(), "-D", "run.steps=3"))) {
      assertThat(cluster.awaitEnd()).as(String.join("\n", cluster.lines())).isZero();
    }
    succeed("train", "--resume", twin.toString(), "-D", "run.steps=3");
    assertThat(policyOf(moved)).isEqualTo(policyOf(twin));
    assertThat(moved.resolve("experiment.conf")).content().contains(policy.toString());
    for (List<String> command : List.of(List.of("train"), List.of("cluster", "local"))) {
      assertThat(withReference(command, moved).code()).isEqualTo(Failures.BAD_INPUT);
      assertThat(withReference(command, moved).err())
          .startsWith("kelpie: policy.path: ")
          .hasLineCount(1);
    }

    Files.delete(folder.resolve("rows.jsonl"));
    for (List<String> command :
        List.of(
            List.of("inspect", moved.toString()),
            List.of("samples", moved.toString()),
            List.of("runs", moved.resolveSibling("").toString()))) {
      succeed(command.toArray(String[]::new));
    }
  }

  /** Resumes {@code run} with a KL reference, which needs the weights that the run began with. */
  private static CommandLineRun withReference(List<String> command, Path run) {
    List<String> arguments = new ArrayList<>(command);
    arguments.addAll(List.of("--resume", run.toString()));
    arguments.addAll(List.of("-D", "run.steps=4", "-D", "algorithm.kl.coef=1"));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  private static void succeed(String... arguments) {
    CommandLineRun run = CommandLineRun.of(arguments);
    assertThat(run.code()).as(run.out() + run.err()).isZero();
  }

  private static String policyOf(Path run) throws IOException {
    return JsonMapper.builder()
        .build()
        .readTree(run.resolve("summary.json").toFile())
        .get("policy-sha256")
        .asText();
  }

  /** The files of {@code run} that say where it was when they were written. */
  private static List<Path> naming(Path run, Path before) throws IOException {
    byte[] name = (before + "/").getBytes(StandardCharsets.UTF_8);
    String sought = new String(name, StandardCharsets.ISO_8859_1);
    try (Stream<Path> files = Files.walk(run)) {
      return files
          .filter(Files::isRegularFile)
          .filter(
              file -> {
                try {
                  return Files.readString(file, StandardCharsets.ISO_8859_1).contains(sought);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    }
  }
}
