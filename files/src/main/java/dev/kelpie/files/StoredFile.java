package dev.kelpie.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Recognises files that are mostly holes: they claim any size, and take no room on their disk. */
public final class StoredFile {
  private static final long LARGE_BYTES = 1L << 30;
  private static final int HOLES_PER_STORED = 4;
  private static final int BLOCKS = 64;
  private static final int BLOCK_BYTES = 4096;
  private static final Pattern KIBIBYTES = Pattern.compile("(\\d{1,15})\\s.*", Pattern.DOTALL);

  private StoredFile() {}

  /**
   * What is wrong with a file of 1 GiB or more whose size is more than four times what the disk has
   * stored of it; reading it would take hours. Some file systems count what they store late, or not
   * at all, so that blocks of zeros are looked for, too. Nothing is wrong where there is no {@code
   * du}.
   *
   * @return text for people
   */
  public static Optional<String> problem(Path file, long bytes) throws IOException {
    if (bytes < LARGE_BYTES) {
      return Optional.empty();
    }
    OptionalLong stored = stored(file);
    if (stored.isEmpty()
        || bytes / HOLES_PER_STORED <= stored.getAsLong()
        || !isMostlyZeros(file)) {
      return Optional.empty();
    }
    return Optional.of(
        bytes
            + " bytes, though its disk has stored only "
            + stored.getAsLong()
            + " (expected: a file without holes)");
  }

  /** The bytes that the disk has stored, to the KiB; Java itself does not tell. */
  private static OptionalLong stored(Path file) {
    try {
      Process du =
          new ProcessBuilder("du", "-k", "-L", file.toAbsolutePath().toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        if (!du.waitFor(10, TimeUnit.SECONDS) || du.exitValue() != 0) {
          return OptionalLong.empty();
        }
        byte[] start = du.getInputStream().readNBytes(64);
        Matcher answer = KIBIBYTES.matcher(new String(start, StandardCharsets.UTF_8));
        return answer.matches()
            ? OptionalLong.of(Long.parseLong(answer.group(1)) * 1024)
            : OptionalLong.empty();
      } finally {
        du.destroy();
      }
    } catch (IOException e) {
      return OptionalLong.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return OptionalLong.empty();
    }
  }

  /** Whether half of some blocks are zeros; nobody knows before which blocks these are. */
  private static boolean isMostlyZeros(Path file) throws IOException {
    SplittableRandom random = new SplittableRandom(System.nanoTime());
    int zeros = 0;
    try (FileChannel channel = InputFile.openChannel(file)) {
      long last = Math.max(1, channel.size() - BLOCK_BYTES);
      for (int i = 0; i < BLOCKS; i++) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        channel.read(block, random.nextLong(last));
        zeros += isZeros(block.array()) ? 1 : 0;
      }
    }
    return zeros >= BLOCKS / 2;
  }

  private static boolean isZeros(byte[] bytes) {
    for (byte one : bytes) {
      if (one != 0) {
        return false;
      }
    }
    return true;
  }
}
