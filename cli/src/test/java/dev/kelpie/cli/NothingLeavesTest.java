package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Nothing leaves the machine: the engine's telemetry and downloads are off, all ports local. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "sockets are read from /proc")
class NothingLeavesTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void aWholeRunConnectsToThisMachineOnly() throws Exception {
    String experiment = SmallExperiment.write(folder, "dashboard.port = 0").toString();
    ProcessBuilder command =
        LaunchedCluster.command(
            List.of(
                "local",
                experiment,
                "--rollout-workers",
                "1",
                "--run-dir",
                folder.resolve("run").toString(),
                "-D",
                "run.steps=1"));
    command.command().remove("-Dai.djl.offline=true"); // the program turns it off by itself

    Set<OpenSockets.Socket> seen = socketsOf(command, folder.resolve("log"));

    assertThat(seen).as("connections").anyMatch(socket -> socket.remote().isPresent());
    assertThat(seen).as("ports").anyMatch(socket -> socket.remote().isEmpty());
    assertThat(seen).allMatch(OpenSockets.Socket::staysHere);
  }

  @Test
  void aRunWithAJudgeConnectsToItsUrlAndNowhereElse() throws Exception {
    try (JudgeServer judge = JudgeServer.start(JudgeServer::number)) {
      Files.writeString(folder.resolve("judge.txt"), "Rate {response}");
      String experiment =
          SmallExperiment.write(
                  folder,
                  "run.steps = 1, reward.answer.weight = 0, models.judge { url = \""
                      + judge.url()
                      + "\", model = tiny }, reward.quality { type = judge, model = judge,"
                      + " template-path = judge.txt }")
              .toString();
      ProcessBuilder command =
          LaunchedCluster.command(
              List.of(
                  "local",
                  experiment,
                  "--rollout-workers",
                  "1",
                  "--run-dir",
                  folder.resolve("run").toString()));
      Path log = folder.resolve("log");
      // Java would send requests through a proxy that the environment or properties name.
      command.environment().put("JAVA_TOOL_OPTIONS", "-Dhttp.proxyHost=192.0.2.1");

      Set<OpenSockets.Socket> seen = socketsOf(command, log);

      assertThat(seen).allMatch(OpenSockets.Socket::staysHere);
      assertThat(judge.asked()).isNotEmpty().allMatch(text -> text.startsWith("Rate "));
      assertThat(Files.readString(log))
          .contains("prompts and responses are sent to " + judge.url());
    }
  }

  /** The sockets of a command, which succeeds, and of the processes that it starts. */
  private static Set<OpenSockets.Socket> socketsOf(ProcessBuilder command, Path log)
      throws Exception {
    Set<OpenSockets.Socket> seen = new HashSet<>();
    Process launcher = command.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      do {
        seen.addAll(OpenSockets.of(launcher.toHandle()));
      } while (!launcher.waitFor(50, TimeUnit.MILLISECONDS));
    } finally {
      launcher.descendants().forEach(ProcessHandle::destroyForcibly);
      launcher.destroyForcibly();
    }
    assertThat(launcher.exitValue()).as(Files.readString(log)).isZero();
    return seen;
  }

  @Test
  void theSocketsOfAProcessAreFound() throws Exception {
    try (ServerSocket server = new ServerSocket(0);
        Socket client = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
      Set<OpenSockets.Socket> own = OpenSockets.of(ProcessHandle.current());
      assertThat(own)
          .anyMatch(socket -> socket.remote().isEmpty() && !socket.staysHere())
          .anyMatch(socket -> socket.remote().isPresent() && socket.staysHere());
      assertThat(client.isConnected()).isTrue();
    }
  }

  @Test
  void addressesOfTheKernelAreRead() {
    assertThat(OpenSockets.address("0100007F:1F90").getHostAddress()).isEqualTo("127.0.0.1");
    assertThat(OpenSockets.address("08080808:0035").isLoopbackAddress()).isFalse();
    assertThat(OpenSockets.address("00000000000000000000000001000000:0050").isLoopbackAddress())
        .isTrue();
    // an IPv4 address in IPv6's form
    assertThat(OpenSockets.address("0000000000000000FFFF00000100007F:0050").getHostAddress())
        .isEqualTo("127.0.0.1");
  }
}
