package dev.kelpie.cli.sweep;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The folder of a sweep: a folder for each cell, and in it a run folder for each seed. */
public final class SweepFolder {
  private SweepFolder() {}

  /** Whether {@code folder} is the folder of a sweep. */
  public static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve(SweepJson.NAME));
  }

  /** The run folders in the folder of a sweep, by name. */
  public static List<Path> runs(Path folder) throws IOException {
    List<Path> runs = new ArrayList<>();
    for (Path cell : FileTree.list(folder).stream().sorted().toList()) {
      FileTree.list(cell).stream()
          .filter(run -> Files.isRegularFile(new RunFolder(run).experimentFile()))
          .sorted()
          .forEach(runs::add);
    }
    return runs;
  }
}
