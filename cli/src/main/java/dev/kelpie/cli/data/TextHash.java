package dev.kelpie.cli.data;

import dev.kelpie.wire.file.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.regex.Pattern;

/** 64 bits of the SHA-256 of texts. May be used from several threads. */
final class TextHash {
  private static final Pattern SPACES = Pattern.compile("\\s+");
  private static final ThreadLocal<MessageDigest> DIGEST = ThreadLocal.withInitial(Sha256::digest);

  private TextHash() {}

  /** The hash of {@code text} as it is. */
  static long of(String text) {
    return ByteBuffer.wrap(DIGEST.get().digest(text.getBytes(StandardCharsets.UTF_8))).getLong();
  }

  /** The hash of {@code text} in small letters, with one space for any white space. */
  static long folded(String text) {
    return of(SPACES.matcher(text.strip().toLowerCase(Locale.ROOT)).replaceAll(" "));
  }
}
