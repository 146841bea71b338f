package dev.kelpie.cli.data;

import java.util.Arrays;

/** Lengths of texts. */
final class Lengths {
  private int[] values = new int[1 << 10];
  private int[] lines = new int[1 << 10];
  private int size;

  /** Adds the length of a text in line {@code line}. */
  void add(int line, int length) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
      lines = Arrays.copyOf(lines, 2 * size);
    }
    values[size] = length;
    lines[size] = line;
    size++;
  }

  /** Keeps those of lines that {@code every} divides. */
  void thin(int every) {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (lines[i] % every == 0) {
        values[kept] = values[i];
        lines[kept] = lines[i];
        kept++;
      }
    }
    size = kept;
  }

  int size() {
    return size;
  }

  /** In ascending order. */
  int[] sorted() {
    int[] all = Arrays.copyOf(values, size);
    Arrays.sort(all);
    return all;
  }
}
