package dev.kelpie.wire.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The secret that a {@link BulkServer} requires; {@link #toString} hides it. */
public final class BearerToken {
  private static final String PREFIX = "Bearer ";

  private final String secret;

  private BearerToken(String secret) {
    this.secret = secret;
  }

  /** Wraps a secret of at least 16 characters of visible ASCII. */
  public static BearerToken of(String secret) {
    boolean visible = secret.chars().allMatch(c -> c > ' ' && c < 127);
    if (secret.length() < 16 || !visible) {
      throw new IllegalArgumentException(
          "bearer token: *** (expected: at least 16 visible ASCII characters)");
    }
    return new BearerToken(secret);
  }

  /** A new random secret of 256 bits. */
  public static BearerToken random() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return new BearerToken(HexFormat.of().formatHex(bytes));
  }

  /** The value of the Authorization header. */
  String header() {
    return PREFIX + secret;
  }

  /** Compares in a time that does not depend on where the first difference is. */
  boolean matches(String header) {
    return MessageDigest.isEqual(
        header().getBytes(StandardCharsets.UTF_8), header.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "***";
  }
}
