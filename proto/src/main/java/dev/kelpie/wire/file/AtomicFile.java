package dev.kelpie.wire.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A file that appears under its name only when it is complete: written to a hidden temporary name
 * in the same folder, hashed on the way, renamed. Closed before {@link #commit}, it leaves nothing
 * behind.
 *
 * <p>A killed process loses nothing that was committed. A power failure may: files are not forced
 * to disk, because everything written this way is made again from the last checkpoint, which is.
 */
public final class AtomicFile implements WritableByteChannel {
  private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.[0-9a-f-]{36}");

  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private final Optional<MessageDigest> digest;
  private long bytes;

  private AtomicFile(
      Path target, Path temporary, FileChannel channel, Optional<MessageDigest> digest) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
    this.digest = digest;
  }

  /** Starts a file; creates its folder if it does not exist. */
  public static AtomicFile create(Path target) throws IOException {
    return create(target, Optional.of(Sha256.digest()));
  }

  /** Starts a file that its writer hashes; it ends with {@link #rename}. */
  static AtomicFile createUnhashed(Path target) throws IOException {
    return create(target, Optional.empty());
  }

  private static AtomicFile create(Path target, Optional<MessageDigest> digest) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    Path folder = folderOf(absolute);
    Files.createDirectories(folder);
    Path temporary = folder.resolve("." + absolute.getFileName() + "." + UUID.randomUUID());
    FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new AtomicFile(absolute, temporary, channel, digest);
  }

  /** Replaces {@code target} by a file that holds {@code text}. */
  public static void write(Path target, String text) throws IOException {
    try (AtomicFile file = create(target)) {
      file.write(StandardCharsets.UTF_8.encode(text));
      file.commit();
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    digest.ifPresent(hash -> hash.update(source.duplicate()));
    int count = source.remaining();
    while (source.hasRemaining()) {
      channel.write(source);
    }
    bytes += count;
    return count;
  }

  /** Gives the file its name. */
  public WrittenFile commit() throws IOException {
    rename();
    return new WrittenFile(target, bytes, Sha256.hex(digest.orElseThrow()));
  }

  /** Gives the file its name, without its hash. */
  void rename() throws IOException {
    channel.close();
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(temporary);
  }

  /** Deletes the temporary files in {@code folder}; no process may be writing there. */
  public static void deleteLeftovers(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder, AtomicFile::isTemporary)) {
      for (Path path : paths) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clean " + folder + ": " + e.getMessage(), e);
    }
  }

  private static boolean isTemporary(Path path) {
    return TEMPORARY.matcher(String.valueOf(path.getFileName())).matches();
  }

  /** Makes a rename in {@code folder} survive a power failure, where the system can do that. */
  public static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Some systems cannot open a folder; the rename is then as durable as they make it.
    }
  }

  /** The folder of a file given by an absolute path. */
  public static Path folderOf(Path absolute) {
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new IllegalArgumentException(absolute + " has no folder");
    }
    return folder;
  }
}
