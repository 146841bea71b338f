package dev.kelpie.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Opens files that somebody else may have made. Only regular files are opened: reading a named pipe
 * waits for ever, and reading a device may have an effect. What is read as a whole has a limit, so
 * that a file with holes, which takes no room on disk, cannot fill the heap.
 *
 * <p>Problems are a {@link FileSystemException} whose {@code getReason()} is text for people, such
 * as {@code a pipe, socket or device (expected: a regular file)}.
 */
public final class InputFile {
  private InputFile() {}

  /**
   * Checks that {@code file} is a regular file, through links if there are any.
   *
   * @throws NoSuchFileException if it does not exist
   * @throws FileSystemException if it is a folder, a pipe, a socket or a device
   */
  public static void requireRegular(Path file) throws FileSystemException {
    if (Files.isRegularFile(file)) {
      return;
    }
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "does not exist (expected: a file)");
    }
    throw new FileSystemException(
        file.toString(),
        null,
        Files.isDirectory(file)
            ? "a folder (expected: a file)"
            : "a pipe, socket or device (expected: a regular file)");
  }

  /**
   * Checks that {@code file}, which a folder from elsewhere names or contains, is a regular file of
   * that folder: no link leads out of it. The blobs of a Hugging Face cache count as inside: a
   * snapshot there is a folder {@code models--X/snapshots/REVISION} of links to {@code
   * models--X/blobs}. The folder may be one below the snapshot, such as {@code checkpoint-500}.
   *
   * @throws FileSystemException if it is not
   */
  public static void requireInside(Path folder, Path file) throws IOException {
    requireRegular(file);
    Path root = folder.toRealPath();
    Path real = file.toRealPath();
    if (!real.startsWith(root) && !isBlob(root, real)) {
      throw new FileSystemException(
          file.toString(),
          null,
          "a link that leads out of " + folder + " (expected: a file in it)");
    }
  }

  /** Whether {@code root} lies in a snapshot of a cache, and {@code file} in the cache's blobs. */
  private static boolean isBlob(Path root, Path file) {
    for (Path at = root.getParent(); at != null; at = at.getParent()) {
      Path cache = at.getParent();
      if (cache != null && at.endsWith("snapshots") && file.startsWith(cache.resolve("blobs"))) {
        return true;
      }
    }
    return false;
  }

  /** Opens a regular file for reading; the caller closes the stream. */
  public static InputStream open(Path file) throws IOException {
    requireRegular(file);
    return Files.newInputStream(file);
  }

  /** Opens a regular file for reading at any position; the caller closes the channel. */
  public static FileChannel openChannel(Path file) throws IOException {
    requireRegular(file);
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /**
   * Reads a regular file as a whole.
   *
   * @param mostBytes limit of its size
   * @throws FileSystemException if it is larger, also while it grows
   */
  public static byte[] readBytes(Path file, int mostBytes) throws IOException {
    try (InputStream in = open(file)) {
      byte[] bytes = in.readNBytes(mostBytes);
      if (in.read() >= 0) {
        throw new FileSystemException(
            file.toString(), null, "more than " + mostBytes + " bytes (expected: at most that)");
      }
      return bytes;
    }
  }

  /**
   * Reads a regular file as a whole as UTF-8 text.
   *
   * @param mostBytes limit of its size
   * @throws FileSystemException if it is larger, or not UTF-8
   */
  public static String readText(Path file, int mostBytes) throws IOException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(readBytes(file, mostBytes)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new FileSystemException(file.toString(), null, "not UTF-8 (expected: UTF-8 text)");
    }
  }
}
