package dev.kelpie.rollout.rows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Size, age and number of a file: while they stay the same, its content counts as unchanged.
 *
 * @param bytes its size
 * @param modified when it was last written to
 * @param file number of the file on its disk, if the system has such numbers
 */
public record FileStamp(long bytes, String modified, String file) {
  /** The stamp of {@code path}, now. */
  public static FileStamp of(Path path) throws IOException {
    BasicFileAttributes about = Files.readAttributes(path, BasicFileAttributes.class);
    return new FileStamp(
        about.size(),
        about.lastModifiedTime().toInstant().toString(),
        String.valueOf(about.fileKey()));
  }

  /** What differs in {@code now}, in words. */
  String difference(FileStamp now) {
    return bytes == now.bytes
        ? "written to"
        : "changed from " + bytes + " to " + now.bytes + " bytes";
  }
}
