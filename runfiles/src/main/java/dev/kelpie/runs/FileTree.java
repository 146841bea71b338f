package dev.kelpie.runs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Lists folders, and deletes them with everything in them. */
public final class FileTree {
  private FileTree() {}

  /** Limit of the entries of a folder that is read as a whole. */
  private static final int MOST_ENTRIES = 100_000;

  /**
   * What is in a folder; nothing where there is no folder.
   *
   * @throws FileSystemException when it has more entries than a run makes
   */
  public static List<Path> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Path> found;
    try (Stream<Path> paths = Files.list(folder)) {
      found = paths.limit(MOST_ENTRIES + 1L).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (found.size() > MOST_ENTRIES) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "more than " + MOST_ENTRIES + " entries (expected: at most that)");
    }
    return found;
  }

  /**
   * What is in a folder below {@code root}, which may come from somebody else; nothing where there
   * is no folder.
   *
   * @throws FileSystemException when a link leads out of {@code root}, or as {@link #list(Path)}
   */
  static List<Path> listInside(Path root, Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      requireInside(root, folder);
    }
    return list(folder);
  }

  /**
   * Checks that no link leads from {@code root} out of it to {@code folder}.
   *
   * @throws FileSystemException when one does
   */
  static void requireInside(Path root, Path folder) throws IOException {
    if (!isInside(root, folder)) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "a link that leads out of " + root + " (expected: a folder in it)");
    }
  }

  /** Whether {@code path}, after all links, lies in {@code root}. */
  public static boolean isInside(Path root, Path path) throws IOException {
    return path.toRealPath().startsWith(root.toRealPath());
  }

  /** Deletes {@code root} if it exists; another process may delete it at the same time. */
  public static void delete(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> paths = Files.walk(root)) {
      all = paths.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
