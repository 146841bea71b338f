package dev.kelpie.runs;

import dev.kelpie.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The checkpoint with the best evaluation, which is kept whatever its age as {@code
 * checkpoints/best-step-N}. Its files are hard links to those of {@code step-N}, so it takes no
 * room of its own until that one is deleted; where the disk has no hard links they are copies.
 *
 * @param checkpoints folder of the run's checkpoints
 * @param kind first word of its name
 */
public record BestCheckpoint(Path checkpoints, String kind) {
  /** The best one. */
  public BestCheckpoint(Path checkpoints) {
    this(checkpoints, "best");
  }

  /** The newest one that has passed the run's gate: {@code promoted-step-N}. */
  public static BestCheckpoint promoted(Path checkpoints) {
    return new BestCheckpoint(checkpoints, "promoted");
  }

  private String prefix() {
    return kind + "-step-";
  }

  private String name() {
    return prefix() + "\\d{1,18}";
  }

  /**
   * Keeps the complete checkpoint of a step, in place of the one that was best before. A kill at
   * any moment leaves at least one of the two.
   */
  public void keep(long step) {
    Path target = folder(step);
    Path draft = checkpoints.resolve("." + prefix() + step);
    try {
      if (!Files.isDirectory(target)) {
        FileTree.delete(draft);
        link(checkpoints.resolve("step-" + step), draft);
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        CheckpointStore.force(checkpoints);
      }
      for (Path other : all()) {
        if (!other.equals(target)) {
          FileTree.delete(other);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot keep the " + kind + " checkpoint: " + e.getMessage(), e);
    }
  }

  /** The folder of the best checkpoint, if it is that of {@code step}. */
  public Optional<Path> of(long step) {
    return Optional.of(folder(step)).filter(Files::isDirectory);
  }

  /**
   * The folder of the best checkpoint, if one is kept; what is in it may be damaged.
   *
   * @throws ConfigException when the checkpoints are no folder of the run
   */
  public Optional<Path> find() {
    return CheckpointStore.matching(checkpoints, name())
        .max(Comparator.comparingLong(this::stepOf));
  }

  /** Deletes it where it is of a later step, because the run continues from an earlier one. */
  public void rewind(long step) {
    try {
      for (Path path : all()) {
        if (stepOf(path) > step) {
          FileTree.delete(path);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete a checkpoint: " + e.getMessage(), e);
    }
  }

  private long stepOf(Path best) {
    return Long.parseLong(String.valueOf(best.getFileName()).substring(prefix().length()));
  }

  private Path folder(long step) {
    return checkpoints.resolve(prefix() + step);
  }

  private List<Path> all() throws IOException {
    return FileTree.list(checkpoints).stream()
        .filter(path -> String.valueOf(path.getFileName()).matches(name()))
        .toList();
  }

  private static void link(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          linkFile(path, target);
        }
      }
    }
  }

  private static void linkFile(Path from, Path to) throws IOException {
    try {
      Files.createLink(to, from);
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.copy(from, to);
    }
  }
}
