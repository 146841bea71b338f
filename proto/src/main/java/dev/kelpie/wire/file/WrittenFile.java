package dev.kelpie.wire.file;

import java.nio.file.Path;

/**
 * A complete file on disk.
 *
 * @param bytes its length
 * @param sha256 its SHA-256 in hexadecimal, computed while it was written
 */
public record WrittenFile(Path path, long bytes, String sha256) {
  /** The ticket under which a message names this file; {@code url} is empty when not served. */
  public FileTicket ticket(String url) {
    return new FileTicket(path.toAbsolutePath().normalize().toString(), url, bytes, sha256);
  }
}
