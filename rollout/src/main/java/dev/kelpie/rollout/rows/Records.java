package dev.kelpie.rollout.rows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A growing array of records of one size. The first few MiB are in the heap, all others in a
 * private temporary file that has no name and is gone with the process, so that an array of any
 * length fits into a small heap.
 */
final class Records {
  private static final int CHUNK_BYTES = 1 << 18;

  /** Most chunks that are mapped at once: 64 MiB, as systems limit the number of mappings. */
  private static final int MOST_MAPPED = 256;

  private final int recordBytes;
  private final int perChunk;
  private final int heapChunks;
  private final List<ByteBuffer> chunks = new ArrayList<>();
  private @Nullable FileChannel spill;
  private int mappings;
  private long size;

  /** An empty array of records of {@code recordBytes} each. */
  Records(int recordBytes) {
    this(recordBytes, (int) Math.max(1, Runtime.getRuntime().maxMemory() / 32 / CHUNK_BYTES));
  }

  /** Keeps at most {@code heapChunks} of 256 KiB in the heap. */
  Records(int recordBytes, int heapChunks) {
    this.recordBytes = recordBytes;
    this.perChunk = CHUNK_BYTES / recordBytes;
    this.heapChunks = heapChunks;
  }

  /** Number of records. */
  long size() {
    return size;
  }

  /** Number of records beyond the heap. */
  long spilled() {
    return Math.max(0, size - (long) heapChunks * perChunk);
  }

  /** Grows to {@code newSize} records; new ones are zero. */
  void grow(long newSize) {
    while ((long) chunks.size() * perChunk < newSize) {
      if (chunks.size() < heapChunks) {
        chunks.add(ByteBuffer.allocate(CHUNK_BYTES));
      } else {
        addSpilled();
      }
    }
    size = newSize;
  }

  /** The part that has record {@code index}, which begins at {@link #at}. */
  ByteBuffer chunk(long index) {
    return chunks.get((int) (index / perChunk));
  }

  /** Where record {@code index} begins in its {@link #chunk}. */
  int at(long index) {
    return (int) (index % perChunk) * recordBytes;
  }

  /** Mappings of the temporary file: about 15 up to 64 MiB, then one for each 64 MiB. */
  int mappings() {
    return mappings;
  }

  /** Size of the temporary file; 0 where there is none, or none any more. */
  long temporaryBytes() {
    try {
      return spill == null || !spill.isOpen() ? 0 : spill.size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds chunks in one mapping, a quarter of those that are mapped. */
  private void addSpilled() {
    int mapped = chunks.size() - heapChunks;
    int more = Math.max(1, Math.min(MOST_MAPPED, mapped / 4));
    try {
      FileChannel channel = spill == null ? Temporary.open() : spill;
      spill = channel;
      long from = (long) mapped * CHUNK_BYTES;
      // Written before it is mapped: a full disk is then an exception and not a crash.
      ByteBuffer zeros = ByteBuffer.allocate(CHUNK_BYTES);
      for (int i = 0; i < more; i++) {
        zeros.clear();
        while (zeros.hasRemaining()) {
          channel.write(zeros, from + (long) i * CHUNK_BYTES + zeros.position());
        }
      }
      ByteBuffer mapping =
          channel.map(FileChannel.MapMode.READ_WRITE, from, (long) more * CHUNK_BYTES);
      mappings++;
      for (int i = 0; i < more; i++) {
        chunks.add(mapping.slice(i * CHUNK_BYTES, CHUNK_BYTES));
      }
    } catch (IOException e) {
      discard();
      throw new UncheckedIOException(
          "cannot keep the index of a data file in "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + e.getMessage()
              + " (expected: room; -J-Djava.io.tmpdir=FOLDER names another folder)",
          e);
    }
  }

  /** Closes the temporary file; the records stay, but no more can be added. */
  void close() {
    try {
      if (spill != null) {
        spill.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives up the records and the room of the temporary file; they are not to be read any more. */
  void discard() {
    chunks.clear();
    size = 0;
    try {
      if (spill != null && spill.isOpen()) {
        spill.truncate(0);
      }
    } catch (IOException e) {
      // a system that does not cut mapped files frees the room when the mappings are collected
    } finally {
      close();
    }
  }

  /** Files without a name. */
  static final class Temporary {
    private Temporary() {}

    /** Opens a new file that only this process can see; its room is free when it is closed. */
    static FileChannel open() throws IOException {
      Path file = Files.createTempFile("kelpie-rows-", ".tmp");
      try {
        return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      } finally {
        Files.delete(file);
      }
    }
  }
}
