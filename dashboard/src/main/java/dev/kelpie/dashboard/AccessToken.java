package dev.kelpie.dashboard;

import dev.kelpie.wire.file.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The secret that opens the page. The printed address carries it once; after that the browser keeps
 * a cookie derived from it. {@link #toString} hides it.
 *
 * @param secret at least 16 letters, digits, hyphens and underscores
 */
public record AccessToken(String secret) {
  private static final int LEAST_LENGTH = 16;

  public AccessToken {
    if (secret.length() < LEAST_LENGTH || !secret.matches("[A-Za-z0-9_-]+")) {
      throw new IllegalArgumentException(
          "*** (expected: at least " + LEAST_LENGTH + " letters, digits, hyphens and underscores)");
    }
  }

  /** A new random secret of 192 bits. */
  public static AccessToken random() {
    byte[] bytes = new byte[24];
    new SecureRandom().nextBytes(bytes);
    return new AccessToken(HexFormat.of().formatHex(bytes));
  }

  /** The value of the browser's cookie. */
  String cookie() {
    MessageDigest digest = Sha256.digest();
    digest.update(("kelpie page cookie: " + secret).getBytes(StandardCharsets.UTF_8));
    return Sha256.hex(digest);
  }

  /** Compares in a time that does not depend on where the first difference is. */
  boolean matches(String given) {
    return equal(secret, given);
  }

  /** As {@link #matches}, for the cookie. */
  boolean matchesCookie(String given) {
    return equal(cookie(), given);
  }

  private static boolean equal(String wanted, String given) {
    return MessageDigest.isEqual(
        wanted.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "***";
  }
}
