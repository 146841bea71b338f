package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.Shipped;
import dev.kelpie.config.ExperimentFiles;
import dev.kelpie.config.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
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

  private static Object key(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return List.of(String.valueOf(attributes.fileKey()), attributes.lastModifiedTime());
  }

  private static LoadedExperiment experiment(String change) {
    return ExperimentFiles.load(Path.of(Shipped.quickstart()), List.of(change));
  }
}
