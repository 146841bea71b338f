package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.EndedRun;
import dev.kelpie.cli.Kelpie;
import dev.kelpie.cli.Shipped;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class DashboardCommandTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void aFolderThatIsNoRunIsRefusedInOneLine() {
    CommandLineRun run = CommandLineRun.of("dashboard", folder.toString());
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .startsWith("kelpie: RUN: " + folder + " (expected: a run folder")
        .hasLineCount(1);
  }

  @Test
  void aPortInUseIsRefusedInOneLine() throws IOException {
    Path ended = EndedRun.write(folder.resolve("ended"), 4, 3, 0.3);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      CommandLineRun run =
          CommandLineRun.of("dashboard", ended.toString(), "--port", Integer.toString(port));
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err())
          .isEqualToIgnoringNewLines(
              "kelpie: --port: " + port + " is in use (expected: a free port, or 0 for any)");
    }
  }

  @Test
  void aPortThatIsNoneIsRefused() throws IOException {
    Path ended = EndedRun.write(folder.resolve("ended"), 4, 3, 0.3);
    CommandLineRun run = CommandLineRun.of("dashboard", ended.toString(), "--port", "70000");
    assertThat(run.err()).contains("--port: 70000 (expected: in [0, 65535])").hasLineCount(1);
  }

  @Test
  void anEndedRunIsServedUntilTheCommandIsInterrupted() throws Exception {
    Path ended = EndedRun.write(folder.resolve("ended"), 4, 3, 0.3);
    CommandLine command = Kelpie.commandLine();
    try (PipedReader reader = new PipedReader();
        BufferedReader lines = new BufferedReader(reader)) {
      command.setOut(new PrintWriter(new PipedWriter(reader), true));
      Thread serving =
          new Thread(() -> command.execute("dashboard", ended.toString(), "--port", "0"));
      serving.start();
      String line = lines.readLine();
      while (!line.startsWith("page: ")) {
        assertThat(line).startsWith("ended: ");
        line = lines.readLine();
      }
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(line.substring("page: ".length()))).build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(HttpURLConnection.HTTP_SEE_OTHER);
      serving.interrupt();
      serving.join();
    }
  }

  @Test
  void aRunTrainsOnWhereItsPageCannotBeServed() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "short");
    CommandLineRun run =
        CommandLineRun.of(
            "train",
            Shipped.quickstart(),
            "--run-dir",
            folder.resolve("run").toString(),
            "-D",
            "run.steps=1",
            "-D",
            "eval.path=\"\"",
            "-D",
            "dashboard.token-file=" + token);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("warning: no page for this run: dashboard.token-file: " + token + ": ***")
        .contains("finished: 1 steps");
  }
}
