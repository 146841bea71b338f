package dev.kelpie.cli.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepFolderTest {
  private static Path run(Path folder) throws IOException {
    Files.createDirectories(folder);
    return Files.writeString(folder.resolve("experiment.conf"), "policy.path = model");
  }

  private static Path sweep(Path folder) throws IOException {
    Path sweep = folder.resolve("sweep");
    run(sweep.resolve("b/seed-2"));
    run(sweep.resolve("b/seed-1"));
    run(sweep.resolve("a/seed-1"));
    Files.createDirectories(sweep.resolve("a/notes"));
    Files.writeString(sweep.resolve("sweep.json"), "{}");
    return sweep;
  }

  @Test
  void runsAreListedByNameAndNothingElseIs(@TempDir Path folder) throws IOException {
    Path sweep = sweep(folder);
    assertThat(SweepFolder.is(sweep)).isTrue();
    assertThat(SweepFolder.is(folder)).isFalse();
    assertThat(SweepFolder.runs(sweep))
        .containsExactly(
            sweep.resolve("a/seed-1"), sweep.resolve("b/seed-1"), sweep.resolve("b/seed-2"));
  }

  @Test
  void aLinkWithinTheSweepIsFollowed(@TempDir Path folder) throws IOException {
    Path sweep = sweep(folder);
    Files.createSymbolicLink(sweep.resolve("c"), sweep.resolve("b"));
    assertThat(SweepFolder.runs(sweep)).hasSize(5).contains(sweep.resolve("c/seed-1"));
  }

  @Test
  void aLinkOutOfTheSweepIsRefused(@TempDir Path folder) throws IOException {
    Path sweep = sweep(folder);
    run(folder.resolve("elsewhere/seed-1"));
    Files.createSymbolicLink(sweep.resolve("c"), folder.resolve("elsewhere"));
    assertThatThrownBy(() -> SweepFolder.runs(sweep))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(
            sweep.resolve("c/seed-1") + ": a link that leads out of the folder of the sweep");
    CommandLineRun page = CommandLineRun.of("dashboard", sweep.toString());
    assertThat(page.code()).isNotZero();
    assertThat(page.err())
        .startsWith("kelpie: ")
        .contains("c/seed-1: a link that leads out of the folder of the sweep")
        .hasLineCount(1);
  }
}
