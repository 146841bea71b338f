package dev.kelpie.wire.file;

import dev.kelpie.experience.Invariant;

/**
 * Reference to an immutable file that is checked chunk by chunk: its path on the host that wrote
 * it, the address at which that host serves it, and the hash of its {@link ChunkList}.
 *
 * @param path absolute path on the writer's host
 * @param url address at a bulk server; empty when the file is not served
 * @param bytes the file's length
 * @param chunksSha256 SHA-256 of the list of its chunks, 64 lower-case hexadecimal digits
 */
public record ChunkedTicket(String path, String url, long bytes, String chunksSha256) {
  public ChunkedTicket {
    Invariant.that(bytes >= 0, "bytes: %s (expected: >= 0)", bytes);
    Sha256.requireHex(chunksSha256);
  }

  /** The same file at another address. */
  public ChunkedTicket at(String otherUrl) {
    return new ChunkedTicket(path, otherUrl, bytes, chunksSha256);
  }
}
