package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.cli.Shipped;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewRunTest {
  @TempDir private Path root = Path.of("");

  @Test
  void experimentIsReplacedAndNeverWrittenOver() throws IOException {
    RunFolder folder = new RunFolder(root);
    NewRun.record(folder, experiment("run.steps=1"));
    String first = Files.readString(folder.experimentFile());
    // Another name for the first file: whoever writes over it writes over this, too.
    Path before = Files.createLink(root.resolve("before"), folder.experimentFile());
    NewRun.record(folder, experiment("run.steps=2"));
    assertThat(before).hasContent(first);
    assertThat(folder.experimentFile()).content().contains("steps = 2");
    assertThat(root.toFile().list()).containsExactlyInAnyOrder("experiment.conf", "before");
  }

  @Test
  void whatIsThereAlreadyIsLeftAlone() throws IOException {
    RunFolder folder = new RunFolder(root);
    NewRun.record(folder, experiment("run.steps=1"));
    Object key = key(folder.experimentFile());
    NewRun.record(folder, experiment("run.steps=1"));
    assertThat(key(folder.experimentFile())).isEqualTo(key);
  }

  @Test
  void runsThatStartTogetherGetAFolderEach() throws Exception {
    Path first = root.resolve("runs/case-20260102-030405");
    ExecutorService starts = Executors.newFixedThreadPool(8);
    try {
      CountDownLatch gun = new CountDownLatch(1);
      List<Future<RunFolder>> folders = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        folders.add(
            starts.submit(
                () -> {
                  gun.await();
                  return NewRun.numbered(first);
                }));
      }
      gun.countDown();
      Set<Path> different = new HashSet<>();
      for (Future<RunFolder> folder : folders) {
        different.add(folder.get().root());
      }
      assertThat(different)
          .hasSize(32)
          .contains(first, first.resolveSibling("case-20260102-030405-2"))
          .contains(first.resolveSibling("case-20260102-030405-32"))
          .allSatisfy(folder -> assertThat(folder).isDirectory());
    } finally {
      starts.shutdownNow();
    }
  }

  @Test
  void namedFolderIsOfOneRunOnly() {
    Path wanted = root.resolve("mine");
    LoadedExperiment loaded = experiment("run.steps=1");
    assertThat(NewRun.folder(loaded, wanted, "kelpie train --resume").root()).isEqualTo(wanted);
    assertThatThrownBy(() -> NewRun.folder(loaded, wanted, "kelpie train --resume"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("--run-dir: ")
        .hasMessageContaining(" exists (expected: a new folder");
  }

  @Test
  void folderThatCannotBeMadeNamesTheOptionOnlyWhereItWasGiven() throws IOException {
    Path file = Files.createFile(root.resolve("runs"));
    assertThatThrownBy(() -> NewRun.numbered(file.resolve("case-1")))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith(
            "runs/case-1 cannot be made: Not a directory (expected: a place that can be written to,"
                + " given by --run-dir)");
  }

  private static Object key(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return List.of(String.valueOf(attributes.fileKey()), attributes.lastModifiedTime());
  }

  private static LoadedExperiment experiment(String change) {
    return ExperimentFiles.load(Path.of(Shipped.quickstart()), List.of(change));
  }
}
