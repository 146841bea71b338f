package dev.kelpie.actors.work;

import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The newest states of a moving reference, each in a folder {@code reference/vN-HASH} of the run
 * folder. A process that scores and does not train keeps them there, so that the process that
 * replaces it after a kill continues where it was. They are discarded when the run has ended.
 */
public final class ReferenceSnapshots {
  private static final Pattern NAME = Pattern.compile("\\.?v(\\d+)-.*");

  private final Path folder;

  public ReferenceSnapshots(RunFolder run) {
    this.folder = run.root().resolve("reference");
  }

  /** The folder of a state. */
  public Path of(ReferenceState state) {
    return folder.resolve(state.folderName());
  }

  /** The folder of a complete state, if it is there. */
  public Optional<Path> find(ReferenceState state) {
    return Optional.of(of(state)).filter(Files::isDirectory);
  }

  /** Keeps {@code state} and the one before; {@code writer} writes it into an empty folder. */
  public void keep(ReferenceState state, Consumer<Path> writer) {
    save(state, of(state), writer);
    prune(state.version() - 1);
  }

  /**
   * Renames the folder of {@code before} to that of an equal {@code state}; false if there is none.
   */
  public boolean rename(ReferenceState before, ReferenceState state) {
    try {
      Files.move(of(before), of(state), StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Writes a state into {@code target}, in full or not at all. A target that already has files is
   * left as it is: a state has one content. A target whose parent folder is gone is not written.
   */
  public void save(ReferenceState state, Path target, Consumer<Path> writer) {
    try {
      if (!FileTree.list(target).isEmpty()) {
        return;
      }
      Files.createDirectories(folder);
      Path draft = Files.createTempDirectory(folder, "." + state.folderName() + "-");
      writer.accept(draft);
      try {
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (DirectoryNotEmptyException | FileAlreadyExistsException | NoSuchFileException e) {
        FileTree.delete(draft);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot save the reference in " + target + ": " + e, e);
    }
  }

  private void prune(long oldest) {
    try {
      for (Path path : FileTree.list(folder)) {
        Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
        if (name.matches() && Long.parseLong(name.group(1)) < oldest) {
          FileTree.delete(path);
        }
      }
    } catch (IOException e) {
      // Another process may prune at the same moment; the next version tries again.
    }
  }

  /** Deletes all states, as far as possible. */
  public void clear() {
    try {
      FileTree.delete(folder);
    } catch (IOException e) {
      // The next start tries again.
    }
  }
}
