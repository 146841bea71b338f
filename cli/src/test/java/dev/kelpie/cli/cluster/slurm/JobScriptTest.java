package dev.kelpie.cli.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobScriptTest {
  private static final JobScript SCRIPT =
      new JobScript(
          "sums",
          Path.of("/opt/kel pie/kelpie"),
          Path.of("/home/me/it's"),
          new JobScript.Source(Path.of("/home/me/x.conf"), false),
          List.of("run.name=a b", "run.seed=2"),
          true,
          new JobScript.Request(
              3, 2, 16, Optional.of("4:00:00"), Optional.of("cpu"), 300, List.of("--account=lab")));

  @TempDir private Path folder = Path.of("");

  @Test
  void optionsOfSlurmStandFirst() {
    assertThat(SCRIPT.text().lines().takeWhile(line -> line.startsWith("#")))
        .containsExactly(
            "#!/usr/bin/env bash",
            "#SBATCH --job-name=sums",
            "#SBATCH --nodes=3",
            "#SBATCH --ntasks-per-node=1",
            "#SBATCH --requeue",
            "#SBATCH --open-mode=append",
            "#SBATCH --output=sums-%j.log",
            "#SBATCH --signal=B:USR1@300",
            "#SBATCH --cpus-per-task=16",
            "#SBATCH --time=4:00:00",
            "#SBATCH --partition=cpu",
            "#SBATCH --account=lab",
            "# Written by kelpie cluster slurm; docs/cluster.md tells more.");
  }

  @Test
  void valuesAreThemselvesForTheShell() throws Exception {
    List<String> lines = SCRIPT.text().lines().dropWhile(line -> line.startsWith("#")).toList();
    String values = String.join("\n", lines.subList(0, lines.indexOf("set -eu")));
    assertThat(
            said("bash", "-c", values + "\nprintf '%s|' \"$kelpie\" \"$runs\" \"${changes[@]}\""))
        .isEqualTo("/opt/kel pie/kelpie|/home/me/it's/runs|-D|run.name=a b|-D|run.seed=2|");
  }

  @Test
  void theShellAndItsCheckerHaveNoObjection() throws Exception {
    Path file = Files.writeString(folder.resolve("job.sbatch"), SCRIPT.text());
    assertThat(said("bash", "-n", file.toString())).isEmpty();
    assumeTrue(
        new ProcessBuilder("sh", "-c", "command -v shellcheck >/dev/null").start().waitFor() == 0,
        "no shellcheck here");
    assertThat(said("shellcheck", file.toString())).isEmpty();
  }

  private static String said(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
