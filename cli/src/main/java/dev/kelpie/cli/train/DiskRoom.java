package dev.kelpie.cli.train;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.FileTree;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.runs.Sizes;
import dev.kelpie.wire.file.DiskSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The room that a run needs on its disk to go on: for a checkpoint and the weights of a step beside
 * those that are there.
 */
public final class DiskRoom {
  private final RunFolder folder;

  public DiskRoom(RunFolder folder) {
    this.folder = folder;
  }

  /** Whether a run ended because a disk was full, though there may be room by now. */
  static boolean ended(RunSummary summary) {
    return summary.status() == RunSummary.Status.FAILED
        && summary.error().filter(DiskSpace::isLack).isPresent();
  }

  /** Whether less is free than the run needs to go on. */
  public boolean isShort() {
    return free() < needed();
  }

  /** What is free and what is needed, in words. */
  public String words() {
    return Sizes.words(free())
        + " are free in "
        + RunFolder.shown(folder.root())
        + " (expected: at least "
        + Sizes.words(needed())
        + ")";
  }

  private long free() {
    try {
      long least = Files.getFileStore(folder.root()).getUsableSpace();
      for (Path part : List.of(folder.checkpoints(), folder.weights(), folder.rollouts())) {
        if (Files.isDirectory(part)) { // any of them may be on a disk of its own
          least = Math.min(least, Files.getFileStore(part).getUsableSpace());
        }
      }
      return least;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private long needed() {
    try {
      List<Path> saved = new ArrayList<>(FileTree.list(folder.checkpoints()));
      saved.add(folder.weights());
      long largest = saved.stream().mapToLong(Sizes::below).max().orElse(0);
      return 2 * largest + DiskSpace.RESERVE_BYTES;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private UncheckedIOException unusable(IOException e) {
    return new UncheckedIOException("cannot use " + folder.root() + ": " + e.getMessage(), e);
  }
}
