package dev.kelpie.rollout.rows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * Size, ages and number of a file: while they stay the same, its content counts as unchanged.
 *
 * @param bytes its size
 * @param modified when it was last written to, as far as nobody has set that time
 * @param changed when the system last changed anything of it, which nobody can set; empty where a
 *     system does not have that
 * @param file number of the file on its disk, if the system has such numbers
 */
public record FileStamp(long bytes, String modified, String changed, String file) {
  /** The stamp of {@code path}, now. */
  public static FileStamp of(Path path) throws IOException {
    BasicFileAttributes about = Files.readAttributes(path, BasicFileAttributes.class);
    return new FileStamp(
        about.size(),
        about.lastModifiedTime().toInstant().toString(),
        changed(path),
        String.valueOf(about.fileKey()));
  }

  private static String changed(Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return "";
    }
    return Files.getAttribute(path, "unix:ctime") instanceof FileTime time
        ? time.toInstant().toString()
        : "";
  }

  /** Whether {@code now} is of the same content; other rights or links are no difference. */
  boolean isSameContent(FileStamp now) {
    return bytes == now.bytes && modified.equals(now.modified) && file.equals(now.file);
  }

  /** What differs in {@code now}, in words. */
  String difference(FileStamp now) {
    return bytes == now.bytes
        ? "written to"
        : "changed from " + bytes + " to " + now.bytes + " bytes";
  }
}
