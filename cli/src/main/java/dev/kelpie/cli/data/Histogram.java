package dev.kelpie.cli.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A histogram of lengths.
 *
 * @param bins of equal width, the first that of the shortest
 */
record Histogram(int shortest, int median, int most95, int most99, int longest, List<Bin> bins) {
  private static final int MOST_BINS = 12;
  private static final int WIDTH = 40;

  /** The lengths from {@code from} to {@code to}, both included. */
  record Bin(int from, int to, int count) {}

  Histogram {
    bins = List.copyOf(bins);
  }

  /** The histogram of lengths in ascending order, at least one. */
  static Histogram of(int[] sorted) {
    int shortest = sorted[0];
    int longest = sorted[sorted.length - 1];
    int width = Math.max(1, (longest - shortest + MOST_BINS) / MOST_BINS);
    int[] counts = new int[(longest - shortest) / width + 1];
    for (int length : sorted) {
      counts[(length - shortest) / width]++;
    }
    List<Bin> bins = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      int from = shortest + i * width;
      bins.add(new Bin(from, from + width - 1, counts[i]));
    }
    return new Histogram(
        shortest,
        quantile(sorted, 0.5),
        quantile(sorted, 0.95),
        quantile(sorted, 0.99),
        longest,
        bins);
  }

  /** The smallest length that a share {@code share} of all does not exceed. */
  private static int quantile(int[] sorted, double share) {
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }

  /** The picture, a line for each bin. */
  List<String> lines() {
    int most = bins.stream().mapToInt(Bin::count).max().orElse(1);
    String range = "  %" + String.valueOf(longest).length() + "d-%-";
    String format = range + String.valueOf(bins.get(bins.size() - 1).to()).length() + "d  %s %d";
    List<String> lines = new ArrayList<>();
    for (Bin bin : bins) {
      int bar = bin.count() == 0 ? 0 : Math.max(1, Math.round((float) WIDTH * bin.count() / most));
      lines.add(
          String.format(Locale.ROOT, format, bin.from(), bin.to(), "#".repeat(bar), bin.count()));
    }
    return lines;
  }
}
