package dev.kelpie.wire.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Where a file is downloaded to: a hidden name beside its target, with what an earlier download
 * left there.
 *
 * @param target absolute path that it gets when it is complete
 * @param shared whether it is the part that others continue; false for a private one
 */
public record PartFile(Path target, Path path, FileChannel channel, boolean shared) {
  /**
   * Opens the part of {@code target} for reading and writing, and locks it. While another process
   * writes it, a private one is opened: both then download, and both succeed.
   */
  // The lock lives as long as its channel.
  @SuppressWarnings("resource")
  public static PartFile open(Path target) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    Path folder = AtomicFile.folderOf(absolute);
    Files.createDirectories(folder);
    Path part = folder.resolve("." + absolute.getFileName() + ".part");
    FileChannel channel = openFile(part);
    if (lock(channel)) {
      return new PartFile(absolute, part, channel, true);
    }
    channel.close();
    Path own = folder.resolve("." + absolute.getFileName() + "." + UUID.randomUUID());
    return new PartFile(absolute, own, openFile(own), false);
  }

  /** Opens a target that is there already, without a lock. */
  public static PartFile whole(Path target) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    return new PartFile(absolute, absolute, openFile(absolute), true);
  }

  private static FileChannel openFile(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }
}
