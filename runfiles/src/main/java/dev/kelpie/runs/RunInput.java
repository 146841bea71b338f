package dev.kelpie.runs;

import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Opens the files of a run folder, which may come from somebody else: regular files only, and none
 * to which a link leads out of the folder.
 */
public final class RunInput {
  /** Limit of a line of text, in bytes. */
  static final int MOST_LINE_BYTES = 1 << 20;

  private RunInput() {}

  /** Opens a file of the run in {@code root}; the caller closes the channel. */
  static FileChannel channel(Path root, Path file) throws IOException {
    InputFile.requireInside(root, file);
    return InputFile.openChannel(file);
  }

  /** Reads a file of the run in {@code root} as a whole, if it has at most {@code mostBytes}. */
  public static byte[] bytes(Path root, Path file, int mostBytes) throws IOException {
    InputFile.requireInside(root, file);
    return InputFile.readBytes(file, mostBytes);
  }

  /** The reason of a failure, without the name of the file where it has a reason. */
  static String reason(IOException failure) {
    return failure instanceof FileSystemException known && known.getReason() != null
        ? known.getReason()
        : failure instanceof NoSuchFileException
            ? "does not exist"
            : String.valueOf(failure.getMessage());
  }

  /**
   * Checks a run folder before a process writes into it: a link that leads out of it would let the
   * process overwrite what is there, and a pipe would let it wait for ever. A hidden link that
   * leads nowhere is an editor's lock; no process writes to a hidden name that is known before.
   *
   * @throws FileSystemException that names the first entry which is neither a file nor a folder of
   *     its own
   */
  static void requireOwn(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      return;
    }
    Path real = root.toRealPath();
    Files.walkFileTree(
        real,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isSymbolicLink() && !staysInside(real, file)) {
              throw new FileSystemException(
                  file.toString(),
                  null,
                  "a link that leads out of the run folder (expected: a file in it; move the link's"
                      + " target to its place)");
            } else if (attributes.isOther()) {
              InputFile.requireRegular(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE; // deleted meanwhile, or closed to this user
          }
        });
  }

  private static boolean staysInside(Path root, Path link) {
    try {
      return link.toRealPath().startsWith(root);
    } catch (IOException e) {
      // leads nowhere; a process that writes would create its target
      return String.valueOf(link.getFileName()).startsWith(".");
    }
  }
}
