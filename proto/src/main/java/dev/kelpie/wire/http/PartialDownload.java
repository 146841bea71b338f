package dev.kelpie.wire.http;

import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.PartFile;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
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

  private PartialDownload(PartFile part) {
    this.target = part.target();
    this.path = part.path();
    this.channel = part.channel();
    this.keep = part.shared();
  }

  /**
   * Opens the part that an earlier download left, or an empty one. When another process is writing
   * that part, a private one is used.
   */
  static PartialDownload open(Path target) throws IOException {
    PartialDownload part = new PartialDownload(PartFile.open(target));
    part.hashWhatIsThere();
    return part;
  }

  private void hashWhatIsThere() throws IOException {
    bytes = channel.size();
    Sha256.update(digest, channel, bytes);
    channel.position(bytes);
  }

  /** Deletes the part, when another process has finished the file. */
  void discard() throws IOException {
    Files.deleteIfExists(path);
  }

  /** Bytes that have arrived. */
  long bytes() {
    return bytes;
  }

  /** Drops the bytes that have arrived. */
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

  /** The hash of the bytes that have arrived; no more can be added. */
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
