package dev.kelpie.rollout;

import dev.kelpie.config.ConfigException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The lines of a file as text, one after the other. Knows the line in which a byte is not UTF-8,
 * and never holds more than {@link #MOST_BYTES} of a line that does not end.
 */
final class Utf8Lines {
  static final int MOST_BYTES = 16 << 20;

  private final Path file;
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int from;
  private int to;
  private int number;

  /** Reads {@code in}, the bytes of {@code file}, which the caller closes. */
  Utf8Lines(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  /** The number of the line read last, from 1. */
  int number() {
    return number;
  }

  /** The next line without its end, if there is one. */
  Optional<String> next() throws IOException {
    line.reset();
    boolean ended = !hasMore();
    if (ended) {
      return Optional.empty();
    }
    number++;
    while (!ended) {
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      take(end);
      ended = end < to || !hasMore();
      from = end < to ? end + 1 : from;
    }
    return Optional.of(text());
  }

  private boolean hasMore() throws IOException {
    if (from == to) {
      from = 0;
      to = Math.max(0, in.read(buffer));
    }
    return from < to;
  }

  private void take(int end) {
    if (line.size() + end - from > MOST_BYTES) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s:%s: a line of more than %s MiB (expected: one JSON object per line)",
              file,
              number,
              MOST_BYTES >> 20));
    }
    line.write(buffer, from, end - from);
    from = end;
  }

  private String text() {
    byte[] bytes = line.toByteArray();
    int length = bytes.length;
    if (length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new ConfigException(
          file + ":" + number + ": not UTF-8 (expected: one JSON object per line, in UTF-8)");
    }
  }
}
