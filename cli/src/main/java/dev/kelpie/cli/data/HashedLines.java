package dev.kelpie.cli.data;

/**
 * The first line of each of many texts, by 64 bits of their hash: 12 bytes a slot, at most half of
 * the slots in use. Two texts of the same bits count as one; of n distinct texts that happens with
 * a probability of about n^2 / 2^65, of a million 3e-8.
 */
final class HashedLines {
  private long[] hashes = new long[1 << 10];
  private int[] lines = new int[1 << 10]; // 0: a free slot
  private int size;

  /** Keeps {@code line}, from 1, unless the text is there; the line that it is there with, or 0. */
  int putIfAbsent(long hash, int line) {
    int slot = slot(hashes, lines, hash);
    if (lines[slot] != 0) {
      return lines[slot];
    }
    hashes[slot] = hash;
    lines[slot] = line;
    size++;
    if (2 * size > lines.length) {
      enlarge();
    }
    return 0;
  }

  /** The line of the text with this hash, or 0. */
  int line(long hash) {
    return lines[slot(hashes, lines, hash)];
  }

  /** Number of distinct texts. */
  int size() {
    return size;
  }

  private static int slot(long[] hashes, int[] lines, long hash) {
    int slot = (int) hash & (lines.length - 1);
    while (lines[slot] != 0 && hashes[slot] != hash) {
      slot = (slot + 1) & (lines.length - 1);
    }
    return slot;
  }

  private void enlarge() {
    long[] largerHashes = new long[2 * hashes.length];
    int[] largerLines = new int[2 * lines.length];
    for (int i = 0; i < lines.length; i++) {
      if (lines[i] != 0) {
        int slot = slot(largerHashes, largerLines, hashes[i]);
        largerHashes[slot] = hashes[i];
        largerLines[slot] = lines[i];
      }
    }
    hashes = largerHashes;
    lines = largerLines;
  }
}
