package dev.kelpie.wire.broadcast;

import java.util.List;

/**
 * Who holds parts of a file, for a process that downloads it: what has changed since it was told
 * last.
 *
 * @param chunksSha256 names the file
 * @param index place of the process among those that download the file, from 0
 * @param count their number
 * @param holders others with what they hold now
 */
public record Holders(String chunksSha256, int index, int count, List<Holder> holders) {
  public Holders {
    holders = List.copyOf(holders);
  }

  /** A process that serves what it holds; nothing any more where that is empty. */
  public record Holder(String url, Ranges held) {}
}
