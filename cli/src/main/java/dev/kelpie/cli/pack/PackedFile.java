package dev.kelpie.cli.pack;

import dev.kelpie.files.InputFile;
import dev.kelpie.wire.file.Sha256;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * A file of a tree that is copied to another machine.
 *
 * @param name its path in the tree, with slashes
 * @param mode permissions, as {@code chmod} takes them
 * @param sha256 of its content, in hex
 */
public record PackedFile(String name, int mode, long bytes, String sha256, Content content) {
  /** Readable by everybody. */
  public static final int PLAIN = 0644;

  /** The same, and executable. */
  public static final int PROGRAM = 0755;

  /** Readable by its owner alone. */
  public static final int PRIVATE = 0600;

  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  /** Opens the content of a file. */
  @FunctionalInterface
  public interface Content {
    InputStream open() throws IOException;
  }

  /** A file of this machine under another name. */
  public static PackedFile of(String name, int mode, Path file) throws IOException {
    return new PackedFile(
        name, mode, Files.size(file), Sha256.of(file), () -> InputFile.open(file));
  }

  /** A file with these bytes. */
  static PackedFile of(String name, int mode, byte[] bytes) {
    MessageDigest digest = Sha256.digest();
    digest.update(bytes);
    return new PackedFile(
        name, mode, bytes.length, Sha256.hex(digest), () -> new ByteArrayInputStream(bytes));
  }

  /** A file with this text. */
  public static PackedFile of(String name, int mode, String text) {
    return of(name, mode, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The files of a folder as a jar: equal for equal files, whatever their age. */
  static PackedFile jar(String name, Path folder) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Stream<Path> all = Files.walk(folder);
        JarOutputStream jar = new JarOutputStream(bytes)) {
      List<Path> files =
          all.filter(Files::isRegularFile)
              .sorted((a, b) -> inside(folder, a).compareTo(inside(folder, b)))
              .toList();
      for (Path file : files) {
        JarEntry entry = new JarEntry(inside(folder, file));
        entry.setTimeLocal(NO_TIME);
        jar.putNextEntry(entry);
        Files.copy(file, jar);
        jar.closeEntry();
      }
    }
    return of(name, PLAIN, bytes.toByteArray());
  }

  private static String inside(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }
}
