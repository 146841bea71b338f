package dev.kelpie.wire.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bytes {@code start} (included) to {@code end} (excluded) of a file, as asked for by a Range
 * header (RFC 9110, section 14).
 */
record ByteRange(long start, long end) {
  private static final Pattern SINGLE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /** Bytes in the range. */
  long length() {
    return end - start;
  }

  /** True when no byte of the file is in the range. */
  boolean unsatisfiable() {
    return start >= end;
  }

  /**
   * The range that {@code header} asks for in a file of {@code size} bytes. Empty for a header that
   * is to be ignored: of another unit, malformed or of several ranges.
   */
  static Optional<ByteRange> parse(String header, long size) {
    Matcher matcher = SINGLE.matcher(header.trim());
    if (!matcher.matches() || header.trim().equals("bytes=-")) {
      return Optional.empty();
    }
    String first = matcher.group(1);
    String last = matcher.group(2);
    if (first.isEmpty()) {
      return Optional.of(new ByteRange(Math.max(0, size - Long.parseLong(last)), size));
    }
    long start = Long.parseLong(first);
    long end = last.isEmpty() ? size : Math.min(size, Long.parseLong(last) + 1);
    boolean backwards = !last.isEmpty() && Long.parseLong(last) < start;
    return backwards ? Optional.empty() : Optional.of(new ByteRange(start, end));
  }
}
