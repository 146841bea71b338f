package dev.kelpie.cli.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.SmallExperiment;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script of {@code kelpie cluster slurm}, run as it is. Slurm's programs are small scripts of
 * this test: {@code srun} starts its command here, and the nodes are loopback addresses that need
 * certificates.
 */
@Tag("cluster")
class SlurmJobTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String HOME = "kelpie.home";
  private static final List<String> NODES = List.of("127.0.0.2", "127.0.0.3", "127.0.0.4");

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void layOutSlurm() throws IOException {
    assumeTrue(new File("/bin/bash").canExecute(), "no bash here");
    assumeTrue(System.getProperty("os.name").equals("Linux"), "one loopback address only");
    Files.createDirectories(folder.resolve("bin"));
    program(
        "bin/srun",
        "echo \"$1\" >>" + quoted("srun.log"),
        "while [[ $1 == --* ]]; do shift; done",
        "exec \"$@\"");
    program(
        "bin/scontrol",
        "case $1 in",
        "show) printf '%s\\n' " + String.join(" ", NODES) + " ;;",
        "requeue) echo \"$2\" >>" + quoted("requeued") + " ;;",
        "esac");
    program("bin/sbatch", "echo Submitted batch job 7; echo \"$1\" >" + quoted("submitted"));
    String kelpie =
        KelpieJvm.command("-Xmx512m", "-Dai.djl.offline=true", "-D" + HOME + "=" + folder).stream()
            .map(JobScript::quoted)
            .collect(Collectors.joining(" "));
    program("kelpie", "exec " + kelpie + " \"$@\"");
  }

  private String quoted(String name) {
    return JobScript.quoted(folder.resolve(name).toString());
  }

  private void program(String name, String... lines) throws IOException {
    Path file =
        Files.writeString(folder.resolve(name), "#!/bin/bash\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private ProcessBuilder onTheCluster(int restarts, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder
        .environment()
        .merge("PATH", folder.resolve("bin").toString(), (old, own) -> own + ":" + old);
    builder.environment().put("SLURM_JOB_ID", "7");
    builder.environment().put("SLURM_RESTART_COUNT", "" + restarts);
    builder.environment().put("SLURM_JOB_NODELIST", "node[1-3]");
    return builder;
  }

  @Test
  void requeuedJobResumesWithTheWeightsOfOneProcess() throws Exception {
    Path experiment =
        SmallExperiment.write(
            folder,
            "run.steps = 100000, dashboard.enabled = false, rollout { prompts-per-step = 8,"
                + " unit-prompts = 1, group-size = 2, max-new-tokens = 8, threads = 1 }");
    Path script = folder.resolve("job.sbatch");
    submit(
        experiment.toString(), "--nodes", "3", "--out", script.toString(), "-D", "run.name=it.s");
    assertThat(folder.resolve("submitted")).hasContent(script.toString());
    Path run = folder.resolve("runs/it-s-slurm-7");
    List<String> job = List.of("/bin/bash", script.toString());
    try (LaunchedCluster first = LaunchedCluster.start(onTheCluster(0, job))) {
      first.awaitLine("step 2/");
      first.signal("USR1"); // as Slurm does ahead of the time limit
      assertThat(first.awaitEnd()).as(String.join("\n", first.lines())).isZero();
      first.awaitNobody();
    }
    assertThat(folder.resolve("requeued")).hasContent("7");
    assertThat(Files.readAllLines(folder.resolve("srun.log")))
        .containsExactlyInAnyOrder("--nodelist=127.0.0.3", "--nodelist=127.0.0.4");
    long saved = summary(run).get("steps").asLong();
    try (LaunchedCluster second = LaunchedCluster.start(onTheCluster(1, job))) {
      second.awaitLine("step " + (saved + 2) + "/");
      second.signal("TERM");
      assertThat(second.awaitEnd()).as(String.join("\n", second.lines())).isEqualTo(128 + 15);
      second.awaitNobody();
      assertThat(second.lines()).noneMatch(line -> line.startsWith("step 1/"));
    }
    assertThat(folder.resolve("requeued")).hasContent("7");
    JsonNode summary = summary(run);
    assertThat(summary.get("status").asText()).isEqualTo("stopped");
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(summary.get("policy-sha256").asText())
        .isEqualTo(alone(experiment, summary.get("steps").asLong()));
  }

  private void submit(String... arguments) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(folder.resolve("kelpie").toString(), "cluster", "slurm", "--submit"));
    words.addAll(List.of(arguments));
    Process process = onTheCluster(0, words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("Submitted batch job 7", "job.sbatch: 3 nodes; submitted");
  }

  private static JsonNode summary(Path run) throws IOException {
    return JSON.readTree(run.resolve("summary.json").toFile());
  }

  /** The weights of as many steps in one process. */
  private String alone(Path experiment, long steps) throws IOException {
    Path run = folder.resolve("alone");
    CommandLineRun one =
        CommandLineRun.of(
            "train",
            experiment.toString(),
            "--run-dir",
            run.toString(),
            "-D",
            "run.steps=" + steps);
    assertThat(one.code()).as(one.err()).isZero();
    return summary(run).get("policy-sha256").asText();
  }
}
