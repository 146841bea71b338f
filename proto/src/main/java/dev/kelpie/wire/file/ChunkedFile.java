package dev.kelpie.wire.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Writes an {@link AtomicFile} whose bytes are hashed once, chunk by chunk. The writer announces
 * where a chunk will lie and who hashes it, on another thread as a rule; bytes that nobody
 * announced are hashed here and make up chunks of their own.
 */
public final class ChunkedFile implements WritableByteChannel {
  private static final int LARGEST_REST = 1 << 20;

  private final AtomicFile file;
  private final List<Part> parts = new ArrayList<>();
  private final MessageDigest rest = Sha256.digest();
  private int restBytes;
  private long position;
  private long from = Long.MAX_VALUE;
  private long to = Long.MAX_VALUE;
  private CompletableFuture<String> announced = new CompletableFuture<>();

  private record Part(int bytes, CompletableFuture<String> sha256) {}

  private ChunkedFile(AtomicFile file) {
    this.file = file;
  }

  /** Starts a file; creates its folder if it does not exist. */
  public static ChunkedFile create(Path target) throws IOException {
    return new ChunkedFile(AtomicFile.createUnhashed(target));
  }

  /**
   * Announces that the {@code bytes} bytes from {@code offset} on, which are still to be written,
   * are a chunk.
   */
  public void announce(long offset, int bytes, CompletableFuture<String> sha256) {
    if (offset < position || from != Long.MAX_VALUE) {
      throw new IllegalStateException("chunk at " + offset + " after byte " + position);
    }
    if (bytes > 0) {
      if (offset == position) {
        endRest();
      }
      from = offset;
      to = offset + bytes;
      announced = sha256;
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int count = source.remaining();
    while (source.hasRemaining()) {
      boolean inside = position >= from;
      long until = inside ? to : Math.min(from, position + LARGEST_REST - restBytes);
      ByteBuffer part = source.slice();
      part.limit((int) Math.min(part.remaining(), until - position));
      int length = part.remaining();
      if (!inside) {
        rest.update(part.duplicate());
        restBytes += length;
      }
      file.write(part);
      source.position(source.position() + length);
      position += length;
      if (!inside && (position == from || restBytes == LARGEST_REST)) {
        endRest();
      } else if (inside && position == to) {
        parts.add(new Part((int) (to - from), announced));
        from = Long.MAX_VALUE;
        to = Long.MAX_VALUE;
      }
    }
    return count;
  }

  private void endRest() {
    parts.add(new Part(restBytes, CompletableFuture.completedFuture(Sha256.hex(rest))));
    restBytes = 0;
  }

  /** Gives the file its name; waits for the hashes. */
  public ChunkList commit() throws IOException {
    endRest();
    ChunkList.Builder list = new ChunkList.Builder();
    parts.forEach(part -> list.add(part.bytes(), part.sha256().join()));
    file.rename();
    return list.build();
  }

  @Override
  public boolean isOpen() {
    return file.isOpen();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
