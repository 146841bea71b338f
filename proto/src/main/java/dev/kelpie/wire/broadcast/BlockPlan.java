package dev.kelpie.wire.broadcast;

import dev.kelpie.wire.file.ChunkList;
import dev.kelpie.wire.file.ChunkList.Chunk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which block of a file is asked of which holder. A block is a few consecutive chunks. It
 * does no work itself, and knows no clock: its user passes the time in nanoseconds.
 *
 * <ul>
 *   <li>The source, which has the whole file, is asked for the slice of this process first: of N
 *       processes that download the file, process i takes the blocks whose number leaves the rest i
 *       when divided by N. So the source sends each block about once. It is asked for others only
 *       when those who download the file, too, have had nothing for a while.
 *   <li>Others are asked for the block that the fewest hold.
 *   <li>A block on its way for much longer than blocks of an idle holder take is asked of that one,
 *       too. So no holder that is slow or silent holds up the end.
 *   <li>A holder that sent a block with a wrong hash is not asked for that block again while
 *       another holder has it, and is left after a few of them.
 * </ul>
 */
final class BlockPlan {
  /** The size of blocks as a rule: a chunk of weights with what lies between it and the next. */
  static final int BLOCK_BYTES = 5 << 20;

  /** The shortest time without a block of others after which the source is asked for theirs. */
  static final Duration PATIENCE = Duration.ofMillis(400);

  /** The shortest time after which a block is asked of a second holder. */
  static final Duration LATE = Duration.ofMillis(400);

  private static final int LATE_FACTOR = 4;
  private static final int MOST_WRONG = 3;
  private static final int MOST_FAILURES = 3;

  private final List<Block> blocks;
  private final Map<String, Peer> peers = new LinkedHashMap<>();
  private final BitSet held = new BitSet();
  private final Map<Integer, Map<Object, Long>> underWay = new HashMap<>();
  private final Random random;
  private int index;
  private int count = 1;
  private long lastFromOthers;

  /**
   * Consecutive chunks that are asked for at once.
   *
   * @param first place of its first chunk in the list
   */
  record Block(int number, int first, List<Chunk> chunks) {
    long from() {
      return chunks.get(0).offset();
    }

    long to() {
      return chunks.get(chunks.size() - 1).end();
    }

    int bytes() {
      return (int) (to() - from());
    }
  }

  private static final class Peer {
    final boolean source;
    BitSet has = new BitSet();
    final BitSet wrong = new BitSet();
    int wrongs;
    int failures;
    double meanNanos;

    Peer(boolean source) {
      this.source = source;
    }

    /** Whether it is not asked any more; the source may come back. */
    boolean left() {
      return wrongs >= MOST_WRONG || (!source && fails());
    }

    boolean fails() {
      return failures >= MOST_FAILURES;
    }
  }

  /**
   * Creates a plan of a file of which nothing is there.
   *
   * @param blockBytes chunks are joined up to this size
   * @param seed lets processes begin with different blocks
   */
  BlockPlan(ChunkList list, int blockBytes, long seed, long now) {
    this.blocks = blocks(list, blockBytes);
    this.random = new Random(seed);
    this.lastFromOthers = now;
  }

  private static List<Block> blocks(ChunkList list, int blockBytes) {
    List<Block> blocks = new ArrayList<>();
    List<Chunk> chunks = new ArrayList<>();
    int first = 0;
    for (int i = 0; i < list.chunks().size(); i++) {
      Chunk chunk = list.chunks().get(i);
      chunks.add(chunk);
      boolean last = i + 1 == list.chunks().size();
      if (last || list.chunks().get(i + 1).end() - chunks.get(0).offset() > blockBytes) {
        blocks.add(new Block(blocks.size(), first, List.copyOf(chunks)));
        chunks.clear();
        first = i + 1;
      }
    }
    return blocks;
  }

  List<Block> blocks() {
    return blocks;
  }

  /** The block is there, from an earlier download. */
  void had(Block block) {
    held.set(block.number());
  }

  /** The place of this process among those that download the file. */
  void place(int ownIndex, int ofCount) {
    index = ownIndex;
    count = Math.max(1, ofCount);
  }

  /** The source, which has everything. */
  void source(String url) {
    Peer peer = new Peer(true);
    peer.has.set(0, blocks.size());
    peers.put(url, peer);
  }

  /** What a holder has now; one that was left gets another chance. */
  void holder(String url, Ranges ranges) {
    Peer peer = peers.computeIfAbsent(url, key -> new Peer(false));
    if (!peer.source) {
      peer.has = new BitSet();
      blocks.stream()
          .filter(block -> ranges.contain(block.from(), block.to()))
          .forEach(block -> peer.has.set(block.number()));
    }
    peer.failures = 0;
  }

  /** Whether the holder is not asked any more. */
  boolean left(String url) {
    Peer peer = peers.get(url);
    return peer == null || peer.left();
  }

  /** Whether the file is complete. */
  boolean done() {
    return held.cardinality() == blocks.size();
  }

  /** Whether some holder that answers has a block that is missing. */
  boolean hopeful() {
    return peers.values().stream()
        .filter(peer -> !peer.left() && !peer.fails())
        .anyMatch(peer -> IntStream.range(0, blocks.size()).anyMatch(b -> wanted(peer, b)));
  }

  private boolean wanted(Peer peer, int block) {
    return peer.has.get(block) && !held.get(block);
  }

  /** The next block to ask {@code url} for by {@code lane}, which it is then on its way to. */
  Optional<Block> next(String url, Object lane, long now) {
    Peer peer = peers.get(url);
    if (peer == null || peer.left()) {
      return Optional.empty();
    }
    Integer chosen = peer.source ? ofSource(peer, now) : rarest(peer, this::free);
    if (chosen == null) {
      chosen = late(peer, lane, now);
    }
    if (chosen == null) {
      return Optional.empty();
    }
    underWay.computeIfAbsent(chosen, key -> new HashMap<>()).put(lane, now);
    return Optional.of(blocks.get(chosen));
  }

  private interface Condition {
    boolean holds(int block);
  }

  private boolean free(int block) {
    return !underWay.containsKey(block);
  }

  private @Nullable Integer ofSource(Peer source, long now) {
    Integer own = rarest(source, b -> free(b) && b % count == index);
    if (own != null) {
      return own;
    }
    double patience = Math.max((double) PATIENCE.toNanos(), LATE_FACTOR * source.meanNanos);
    boolean waited = now - lastFromOthers > patience;
    return waited ? rarest(source, this::free) : null;
  }

  /** A missing block of the peer that the fewest others have, one of them by chance. */
  private @Nullable Integer rarest(Peer peer, Condition condition) {
    Integer best = null;
    int fewest = Integer.MAX_VALUE;
    int ties = 0;
    for (int block = peer.has.nextSetBit(0); block >= 0; block = peer.has.nextSetBit(block + 1)) {
      if (held.get(block) || !condition.holds(block) || avoids(peer, block)) {
        continue;
      }
      int number = holders(block);
      ties = number < fewest ? 1 : number == fewest ? ties + 1 : ties;
      if (number < fewest || (number == fewest && random.nextInt(ties) == 0)) {
        best = block;
        fewest = number;
      }
    }
    return best;
  }

  private int holders(int block) {
    int number = 0;
    for (Peer peer : peers.values()) {
      number += peer.has.get(block) && !peer.left() ? 1 : 0;
    }
    return number;
  }

  /** Whether the peer sent a wrong block, which another one can send. */
  private boolean avoids(Peer peer, int block) {
    return peer.wrong.get(block)
        && peers.values().stream()
            .anyMatch(other -> !other.left() && other.has.get(block) && !other.wrong.get(block));
  }

  private @Nullable Integer late(Peer peer, Object lane, long now) {
    double patience = Math.max((double) LATE.toNanos(), LATE_FACTOR * peer.meanNanos);
    return rarest(
        peer,
        block -> {
          Map<Object, Long> lanes = underWay.getOrDefault(block, Map.of());
          return lanes.size() == 1
              && !lanes.containsKey(lane)
              && now - lanes.values().iterator().next() > patience;
        });
  }

  /**
   * A block has come whole and right.
   *
   * @return other lanes on which it is under way, for nothing now
   */
  List<Object> came(String url, Object lane, Block block, long now) {
    Map<Object, Long> lanes = underWay.remove(block.number());
    Peer peer = peers.get(url);
    if (peer != null) {
      peer.failures = 0;
      long begun = lanes == null ? now : lanes.getOrDefault(lane, now);
      double nanos = now - begun;
      peer.meanNanos = peer.meanNanos == 0 ? nanos : 0.7 * peer.meanNanos + 0.3 * nanos;
      if (!peer.source) {
        lastFromOthers = now;
      }
    }
    held.set(block.number());
    return lanes == null ? List.of() : lanes.keySet().stream().filter(o -> o != lane).toList();
  }

  /** A block has not come. */
  void failed(String url, Object lane, Block block) {
    release(lane, block);
    Peer peer = peers.get(url);
    if (peer != null && !held.get(block.number())) {
      peer.failures++;
    }
  }

  /** The holder does not have the block, although it said so: it may have deleted the file. */
  void absent(String url, Object lane, Block block) {
    release(lane, block);
    Peer peer = peers.get(url);
    if (peer != null) {
      peer.has.clear(block.number());
      peer.failures += peer.source ? 1 : 0;
    }
  }

  /** A block has come with another hash. */
  void wrong(String url, Object lane, Block block) {
    release(lane, block);
    Peer peer = peers.get(url);
    if (peer != null) {
      peer.wrong.set(block.number());
      peer.wrongs++;
    }
  }

  private void release(Object lane, Block block) {
    Map<Object, Long> lanes = underWay.get(block.number());
    if (lanes != null) {
      lanes.remove(lane);
      if (lanes.isEmpty()) {
        underWay.remove(block.number());
      }
    }
  }
}
