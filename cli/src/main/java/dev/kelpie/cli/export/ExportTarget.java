package dev.kelpie.cli.export;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.FileTree;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The folder that an export is written to. It is written as {@code .NAME.part-PID} beside it, which
 * is renamed at the end, so a folder of its name is complete; a part whose process was killed is
 * deleted by the next export.
 *
 * @param overwrite whether a model folder of that name is replaced
 */
record ExportTarget(Path folder, boolean overwrite) {
  ExportTarget {
    folder = folder.toAbsolutePath().normalize();
  }

  /** Writes the files of an export into a new, empty folder. */
  interface Content {
    void write(Path folder) throws IOException;
  }

  /**
   * Checks that the folder may be written.
   *
   * @param policy what is exported
   * @throws ConfigException when it is there, or something that is no export would be lost
   */
  void require(Path policy) throws IOException {
    String shown = RunFolder.shown(folder);
    requireOutside(policy);
    if (!Files.exists(folder)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new ConfigException("--to: " + shown + " is a file (expected: a new folder)");
    }
    if (FileTree.list(folder).isEmpty()) {
      return;
    }
    if (!overwrite) {
      throw new ConfigException(
          "--to: " + shown + " is not empty (expected: a new folder, or --overwrite)");
    }
    if (!Files.isRegularFile(folder.resolve("config.json"))
        || Files.exists(new RunFolder(folder).experimentFile())) {
      throw new ConfigException(
          "--overwrite: " + shown + " is no model folder (expected: one with config.json)");
    }
  }

  /** Checks that {@code source}, which is read, does not lie in the folder. */
  void requireOutside(Path source) {
    if (source.toAbsolutePath().normalize().startsWith(folder)) {
      throw new ConfigException(
          "--to: "
              + RunFolder.shown(folder)
              + " holds what is exported (expected: another folder)");
    }
  }

  /** Writes the folder; when that fails, nothing is left and an earlier folder is as it was. */
  void write(Content content) throws IOException {
    Path parent = AtomicFile.folderOf(folder);
    Files.createDirectories(parent);
    deleteLeftovers(parent);
    Path part = beside(".part-");
    Path old = beside(".old-");
    try {
      Files.createDirectory(part);
      content.write(part);
      if (Files.exists(folder)) {
        Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
      AtomicFile.forceFolder(parent);
      FileTree.delete(old);
    } finally {
      FileTree.delete(part);
    }
  }

  private Path beside(String kind) {
    return folder.resolveSibling("." + folder.getFileName() + kind + ProcessHandle.current().pid());
  }

  private void deleteLeftovers(Path parent) throws IOException {
    Pattern left =
        Pattern.compile(Pattern.quote("." + folder.getFileName()) + "\\.(part|old)-(\\d{1,18})");
    boolean replaced = Files.exists(folder); // else the old one is the only one
    for (Path path : FileTree.list(parent)) {
      Matcher name = left.matcher(String.valueOf(path.getFileName()));
      if (name.matches()
          && ProcessHandle.of(Long.parseLong(name.group(2))).isEmpty()
          && (replaced || name.group(1).equals("part"))) {
        FileTree.delete(path);
      }
    }
  }
}
