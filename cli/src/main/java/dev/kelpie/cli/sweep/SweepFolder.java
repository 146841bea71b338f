package dev.kelpie.cli.sweep;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.FileTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
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

  /**
   * The run folders in the folder of a sweep, by name.
   *
   * @throws FileSystemException for a link that leads out of it
   */
  public static List<Path> runs(Path folder) throws IOException {
    List<Path> runs = new ArrayList<>();
    for (Path cell : FileTree.list(folder).stream().sorted().toList()) {
      for (Path run : FileTree.list(cell).stream().sorted().toList()) {
        if (Files.isRegularFile(new RunFolder(run).experimentFile())) {
          if (!FileTree.isInside(folder, run)) {
            throw new FileSystemException(
                run.toString(), null, "a link that leads out of the folder of the sweep");
          }
          runs.add(run);
        }
      }
    }
    return runs;
  }
}
