package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control groups as files in a folder; the launcher script reads the same ones. */
class ControlGroupsTest {
  private static final String GIBIBYTE = "1073741824";
  private static final String NO_LIMIT_1 = "9223372036854771712";
  private static final String MACHINE = "8589934592"; // 8 GiB

  private final Path root;

  ControlGroupsTest(@TempDir Path folder) {
    root = folder.resolve("a root");
  }

  @BeforeEach
  void layOutAMachine() throws IOException {
    write("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:          100000 kB\n");
  }

  @Test
  void version2TakesTheSmallestLimitOfNestedGroupsAndTheInnermostCount() throws Exception {
    write("proc/self/cgroup", "0::/kubepods.slice/pod 1/box:a\n");
    write("sys/fs/cgroup/kubepods.slice/memory.max", "2147483648\n");
    write("sys/fs/cgroup/kubepods.slice/memory.events", "oom 9\noom_kill 9\n");
    write("sys/fs/cgroup/kubepods.slice/pod 1/memory.max", GIBIBYTE + "\n");
    write("sys/fs/cgroup/kubepods.slice/pod 1/memory.events", "oom_kill 7\n");
    write("sys/fs/cgroup/kubepods.slice/pod 1/box:a/memory.max", "max\n");
    write(
        "sys/fs/cgroup/kubepods.slice/pod 1/box:a/memory.events",
        "low 0\nhigh 1\nmax 12\noom 4\noom_kill 3\noom_group_kill 5\n");
    assertRead(OptionalLong.of(1L << 30), 3, GIBIBYTE + " yes 3");
  }

  @Test
  void version2InAContainerIsTheRootOfWhatItSees() throws Exception {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", GIBIBYTE + "\n");
    write("sys/fs/cgroup/memory.events", "oom_kill 2\n");
    assertRead(OptionalLong.of(1L << 30), 2, GIBIBYTE + " yes 2");
  }

  @Test
  void groupWithoutMemoryFilesIsCountedByTheOneAbove() throws Exception {
    write("proc/self/cgroup", "0::/user.slice/leaf\n");
    write("sys/fs/cgroup/user.slice/memory.max", GIBIBYTE + "\n");
    write("sys/fs/cgroup/user.slice/memory.events", "oom_kill 1\n");
    Files.createDirectories(root.resolve("sys/fs/cgroup/user.slice/leaf"));
    assertRead(OptionalLong.of(1L << 30), 1, GIBIBYTE + " yes 1");
  }

  @Test
  void noLimitIsTheMachines() throws Exception {
    write("proc/self/cgroup", "0::/user.slice\n");
    write("sys/fs/cgroup/user.slice/memory.max", "max\n");
    write("sys/fs/cgroup/user.slice/memory.events", "oom_kill 0\n");
    assertRead(OptionalLong.empty(), 0, MACHINE + "  0");
    assertThat(UsableMemory.atMost(5, OptionalLong.empty())).isEqualTo(5);
    assertThat(UsableMemory.atMost(5, OptionalLong.of(6))).isEqualTo(5);
    assertThat(UsableMemory.atMost(5, OptionalLong.of(4))).isEqualTo(4);
  }

  @Test
  void version1IsReadBesideAnEmptyVersion2() throws Exception {
    write("proc/self/cgroup", "5:devices:/\n4:cpu,memory:/docker/abc\n0::/\n");
    // the container sees its own group at the top, not below the path that the system names
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", GIBIBYTE + "\n");
    write("sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\noom_kill 6\n");
    assertRead(OptionalLong.of(1L << 30), 6, GIBIBYTE + " yes 6");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", NO_LIMIT_1 + "\n");
    assertRead(OptionalLong.empty(), 6, MACHINE + "  6");
  }

  @Test
  void systemWithoutControlGroupsHasNone() throws Exception {
    assertRead(OptionalLong.empty(), 0, MACHINE + "  ");
  }

  /** {@code launcher}: memory, limited and kills of the script. */
  private void assertRead(OptionalLong limit, long kills, String launcher) throws Exception {
    ControlGroups groups = ControlGroups.below(root);
    assertThat(groups.limit()).isEqualTo(limit);
    assertThat(groups.kills()).isEqualTo(kills);
    if (Files.isExecutable(Path.of("/bin/bash"))) {
      assertThat(byLauncher()).isEqualTo(launcher);
    }
  }

  /** Runs the two functions of the script on the same folder. */
  private String byLauncher() throws Exception {
    String script =
        """
        set -euo pipefail
        eval "$(sed -n -e '/^find_memory()/,/^}/p' -e '/^count_kills()/,/^}/p' ../kelpie)"
        find_memory "$1"
        printf '%s %s %s' "$memory" "$limited" "$([ -z "$kills" ] || count_kills)"
        """;
    Process process =
        new ProcessBuilder("/bin/bash", "-c", script, "bash", root.toString())
            .redirectErrorStream(true)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
