package dev.kelpie.wire.http;

import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * The part of a file that has arrived, under a hidden name beside its target. Kept when a download
 * fails, so that the next one continues from there.
 */
final class PartialDownload implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 18;

  private final Path target;
  private final Path path;
  private final FileChannel channel;
  private final MessageDigest digest = Sha256.digest();
  private final boolean keep;
  private long bytes;

  private PartialDownload(Path target, Path path, FileChannel channel, boolean keep) {
    this.target = target;
    this.path = path;
    this.channel = channel;
    this.keep = keep;
  }

  /**
   * Opens the part that an earlier download left, or an empty one. When another process is writing
   * that part, a private one is used: both then download, and both succeed.
   */
  // The lock lives as long as its channel.
  @SuppressWarnings("resource")
  static PartialDownload open(Path target) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    Path folder = AtomicFile.folderOf(absolute);
    Files.createDirectories(folder);
    Path shared = folder.resolve("." + absolute.getFileName() + ".part");
    FileChannel channel = openFile(shared);
    PartialDownload part;
    if (lock(channel)) {
      part = new PartialDownload(absolute, shared, channel, true);
    } else {
      channel.close();
      Path own = folder.resolve("." + absolute.getFileName() + "." + UUID.randomUUID());
      part = new PartialDownload(absolute, own, openFile(own), false);
    }
    part.hashWhatIsThere();
    return part;
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

  private void hashWhatIsThere() throws IOException {
    bytes = channel.size();
    Sha256.update(digest, channel, bytes);
    channel.position(bytes);
  }

  /** Deletes the part, because another process has finished the file. */
  void discard() throws IOException {
    Files.deleteIfExists(path);
  }

  /** Bytes that have arrived. */
  long bytes() {
    return bytes;
  }

  /** Discards what has arrived. */
  void restart() throws IOException {
    channel.truncate(0);
    digest.reset();
    bytes = 0;
  }

  /** Appends the rest of {@code source}, which must not reach beyond {@code limit} bytes. */
  void append(InputStream source, long limit, LongConsumer progress) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int read = source.read(buffer); read >= 0; read = source.read(buffer)) {
      if (bytes + read > limit) {
        throw new IOException("more than the expected " + limit + " bytes");
      }
      ByteBuffer rest = ByteBuffer.wrap(buffer, 0, read);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      digest.update(buffer, 0, read);
      bytes += read;
      progress.accept(bytes);
    }
  }

  /** The hash of what has arrived; ends the hashing. */
  String finishHash() {
    return Sha256.hex(digest);
  }

  /** Forces the file to disk and gives it its name. */
  void commit() throws IOException {
    channel.force(true);
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    AtomicFile.forceFolder(AtomicFile.folderOf(target));
  }

  @Override
  public void close() throws IOException {
    channel.close();
    if (!keep) {
      Files.deleteIfExists(path);
    }
  }
}
