package dev.kelpie.wire.tls;

import java.nio.file.Path;

/**
 * The files that make a host known to the others, in a folder of the cluster's certificates.
 *
 * @param authority certificates of the authorities that are trusted, PEM; several while one is
 *     replaced by another
 * @param certificate the host's own, PEM, with those between it and the authority behind it
 * @param key the host's private key, PEM, PKCS #8
 * @param token the secret that servers of the cluster require beside a certificate
 */
public record TlsFiles(Path authority, Path certificate, Path key, Path token) {
  static final String AUTHORITY = "ca.pem";
  static final String AUTHORITY_KEY = "ca-key.pem";
  static final String TOKEN = "token";

  /** The files of {@code host}, a name or an address, in {@code folder}. */
  public static TlsFiles of(Path folder, String host) {
    String name = host.replace(':', '_');
    return new TlsFiles(
        folder.resolve(AUTHORITY),
        folder.resolve(name + ".pem"),
        folder.resolve(name + "-key.pem"),
        folder.resolve(TOKEN));
  }
}
