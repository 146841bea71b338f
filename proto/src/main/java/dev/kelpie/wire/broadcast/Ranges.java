package dev.kelpie.wire.broadcast;

import dev.kelpie.experience.Invariant;
import java.util.ArrayList;
import java.util.List;

/** Byte ranges of a file, in their order, apart from each other. */
public record Ranges(List<Range> ranges) {
  /** No bytes. */
  public static final Ranges NONE = new Ranges(List.of());

  /** The bytes {@code from} (included) to {@code to} (excluded). */
  public record Range(long from, long to) {
    public Range {
      Invariant.that(
          from >= 0 && from < to, "range: %s to %s (expected: 0 <= from < to)", from, to);
    }
  }

  public Ranges {
    ranges = List.copyOf(ranges);
    for (int i = 1; i < ranges.size(); i++) {
      Invariant.that(
          ranges.get(i - 1).to() < ranges.get(i).from(),
          "ranges: %s before %s (expected: in order, apart)",
          ranges.get(i - 1),
          ranges.get(i));
    }
  }

  /** All bytes of a file of that length. */
  public static Ranges all(long bytes) {
    return bytes == 0 ? NONE : new Ranges(List.of(new Range(0, bytes)));
  }

  /** Collects ranges that come in their order; those that touch become one. */
  static final class Builder {
    private final List<Range> ranges = new ArrayList<>();

    void add(long from, long to) {
      int last = ranges.size() - 1;
      if (last >= 0 && ranges.get(last).to() == from) {
        ranges.set(last, new Range(ranges.get(last).from(), to));
      } else {
        ranges.add(new Range(from, to));
      }
    }

    Ranges build() {
      return new Ranges(ranges);
    }
  }

  /** Whether there are no bytes. */
  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** Number of bytes. */
  public long bytes() {
    return ranges.stream().mapToLong(range -> range.to() - range.from()).sum();
  }

  /** Whether all bytes from {@code from} (included) to {@code to} (excluded) are among them. */
  public boolean contain(long from, long to) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Range range = ranges.get(middle);
      if (range.to() <= from) {
        low = middle + 1;
      } else if (range.from() > from) {
        high = middle - 1;
      } else {
        return to <= range.to();
      }
    }
    return from >= to;
  }
}
