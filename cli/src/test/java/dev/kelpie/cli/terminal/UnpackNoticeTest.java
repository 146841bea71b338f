package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person is told who starts Kelpie for the first time on a machine. */
class UnpackNoticeTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void isToldByTrainBeforeAnythingIsUnpacked() throws Exception {
    // An experiment that is refused as soon as its parts are opened, before a tokenizer is.
    String out = run("train", Shipped.quickstart(), "-D", "policy.path=nowhere");
    assertThat(out).startsWith("unpacking libtorch to " + folder.resolve("cache"));
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void isToldByBenchToo() throws Exception {
    String out = run("bench", "decode", folder.resolve("nowhere").toString());
    assertThat(out).startsWith("unpacking libtorch to " + folder.resolve("cache"));
  }

  @Test
  void tokenizersAreToldOfByThemselves() throws Exception {
    Path libtorch = folder.resolve("cache/pytorch/any/libtorch_cpu.so");
    Files.createDirectories(libtorch.getParent());
    Files.createFile(libtorch);
    String out = run("train", Shipped.quickstart(), "-D", "policy.path=nowhere");
    assertThat(out).startsWith("unpacking the tokenizers to " + folder.resolve("cache/tokenizers"));
  }

  private String run(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        KelpieJvm.command("-DENGINE_CACHE_DIR=" + folder.resolve("cache"), "-Dai.djl.offline=true");
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isNotZero();
    return out;
  }
}
