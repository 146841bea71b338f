package dev.kelpie.wire.file;

import dev.kelpie.experience.Invariant;

/**
 * Reference to an immutable file in a message: its path on the host that wrote it, the address at
 * which it is served, and its hash.
 *
 * @param path absolute path on the writer's host
 * @param url address at a bulk server; empty when the file is not served
 * @param bytes the file's length
 * @param sha256 the file's SHA-256, 64 lower-case hexadecimal digits
 */
public record FileTicket(String path, String url, long bytes, String sha256) {
  public FileTicket {
    Invariant.that(bytes >= 0, "bytes: %s (expected: >= 0)", bytes);
    Sha256.requireHex(sha256);
  }

  /** The same file at another address. */
  public FileTicket at(String otherUrl) {
    return new FileTicket(path, otherUrl, bytes, sha256);
  }
}
