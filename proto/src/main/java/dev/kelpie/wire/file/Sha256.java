package dev.kelpie.wire.file;

import dev.kelpie.experience.Invariant;
import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of bytes and files, as 64 lower-case hexadecimal digits. */
public final class Sha256 {
  private static final int DIGITS = 64;
  private static final int BUFFER_BYTES = 1 << 20;

  private Sha256() {}

  /**
   * The hash of a whole file.
   *
   * @throws CorruptFileException when it is mostly holes: a file of any size takes no room then,
   *     and reading it takes hours
   */
  public static String of(Path file) {
    try (FileChannel channel = InputFile.openChannel(file)) {
      CorruptFileException.throwForHoles(file, channel.size());
      MessageDigest digest = digest();
      update(digest, channel, channel.size());
      return hex(digest);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Refuses what is not 64 lower-case hexadecimal digits. */
  public static String requireHex(String sha256) {
    Invariant.that(
        isHex(sha256), "sha256: %s (expected: 64 lower-case hexadecimal digits)", sha256);
    return sha256;
  }

  private static boolean isHex(String text) {
    boolean hex = text.length() == DIGITS;
    for (int i = 0; hex && i < DIGITS; i++) {
      char digit = text.charAt(i);
      hex = (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
    }
    return hex;
  }

  /** Feeds the next {@code bytes} of {@code channel}, or fewer at its end, to {@code digest}. */
  public static void update(MessageDigest digest, FileChannel channel, long bytes)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long left = bytes;
    while (left > 0) {
      buffer.clear().limit((int) Math.min(BUFFER_BYTES, left));
      int read = channel.read(buffer);
      if (read < 0) {
        return;
      }
      digest.update(buffer.array(), 0, read);
      left -= read;
    }
  }

  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
