package dev.kelpie.wire.broadcast;

import dev.kelpie.wire.broadcast.BlockPlan.Block;
import dev.kelpie.wire.file.ChunkList;
import dev.kelpie.wire.file.ChunkList.Chunk;
import dev.kelpie.wire.file.PartFile;
import dev.kelpie.wire.http.ChunkedSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * A file that is being downloaded, with the chunks that are there. Bytes that an earlier download
 * left, in this process or another, are kept where their hash is right. Nothing is forced to disk:
 * after a failure of power, the hashes show what was lost.
 */
final class HeldFile implements ChunkedSource, AutoCloseable {
  private final Path target;
  private final ChunkList list;
  private final FileChannel channel;
  private final BitSet held = new BitSet();
  private final boolean shared;
  private volatile Path path;

  private HeldFile(PartFile part, ChunkList list) {
    this.target = part.target();
    this.list = list;
    this.path = part.path();
    this.channel = part.channel();
    this.shared = part.shared();
  }

  /**
   * Opens what is there of {@code target}. While another process downloads it to the same place, it
   * is downloaded under a name of its own: both succeed, and the one may get it from the other.
   */
  static HeldFile open(Path target, ChunkList list) throws IOException {
    boolean whole = Files.isRegularFile(target) && Files.size(target) == list.bytes();
    HeldFile file = new HeldFile(whole ? PartFile.whole(target) : PartFile.open(target), list);
    file.check();
    return file;
  }

  /** Keeps the chunks whose hash is right. */
  private void check() throws IOException {
    long there = channel.size();
    boolean[] right = new boolean[list.chunks().size()];
    try {
      IntStream.range(0, right.length)
          .parallel()
          .filter(i -> list.chunks().get(i).end() <= there)
          .forEach(i -> right[i] = isRight(list.chunks().get(i)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    synchronized (this) {
      IntStream.range(0, right.length).filter(i -> right[i]).forEach(held::set);
    }
    if (there > list.bytes()) {
      channel.truncate(list.bytes());
    }
  }

  private boolean isRight(Chunk chunk) {
    try {
      ByteBuffer buffer = ByteBuffer.allocate(chunk.bytes());
      return chunk.holds(ChunkList.bytes(channel, chunk, buffer));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public ChunkList chunks() {
    return list;
  }

  @Override
  public synchronized boolean holds(long from, long to) {
    return ranges().contain(from, to);
  }

  /** Whether all chunks of a block are there. */
  boolean holds(Block block) {
    return holds(block.from(), block.to());
  }

  /** What is there. */
  synchronized Ranges ranges() {
    Ranges.Builder ranges = new Ranges.Builder();
    for (int i = held.nextSetBit(0); i >= 0; i = held.nextSetBit(i + 1)) {
      ranges.add(list.chunks().get(i).offset(), list.chunks().get(i).end());
    }
    return ranges.build();
  }

  /**
   * Writes a block, if the hashes of all its chunks are right.
   *
   * @param bytes the block's bytes from 0 on
   * @return whether they are
   */
  boolean write(Block block, byte[] bytes) throws IOException {
    for (Chunk chunk : block.chunks()) {
      int from = (int) (chunk.offset() - block.from());
      if (!chunk.holds(ByteBuffer.wrap(bytes, from, chunk.bytes()))) {
        return false;
      }
    }
    ByteBuffer source = ByteBuffer.wrap(bytes, 0, block.bytes());
    while (source.hasRemaining()) {
      channel.write(source, block.from() + source.position());
    }
    synchronized (this) {
      held.set(block.first(), block.first() + block.chunks().size());
    }
    return true;
  }

  /** Gives the complete file its name. */
  void complete() throws IOException {
    if (!path.equals(target)) {
      Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      path = target;
    }
  }

  /** Ends writing; keeps what is there for the next download. */
  @Override
  public void close() throws IOException {
    channel.close();
    if (!shared && !path.equals(target)) {
      Files.deleteIfExists(path);
    }
  }
}
