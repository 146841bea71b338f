package dev.kelpie.cli.sweep;

import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.nio.file.Files;

/** One cell with one seed. */
record SweepRun(Cell cell, long seed, LoadedExperiment experiment, RunFolder folder) {
  /** Its name, for people. */
  String name() {
    return cell.name() + " seed " + seed;
  }

  /** Whether it was started before. */
  boolean begun() {
    return Files.isRegularFile(folder.experimentFile());
  }
}
