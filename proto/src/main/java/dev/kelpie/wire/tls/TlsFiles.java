package dev.kelpie.wire.tls;

import java.nio.file.Files;
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

  /** What a certificate of all hosts of a domain begins with, and its files. */
  static final String ANY_HOST = "*.";

  private static final String ANY_HOST_FILE = "_.";

  /**
   * The files of {@code host}, a name or an address, in {@code folder}: its own, or where there are
   * none those of all hosts of its domain, {@code *.DOMAIN}, whose files begin with {@code
   * _.DOMAIN}.
   */
  public static TlsFiles of(Path folder, String host) {
    TlsFiles own = own(folder, host);
    int dot = host.indexOf('.');
    if (dot < 0 || Files.exists(own.certificate())) {
      return own;
    }
    TlsFiles ofDomain = named(folder, ANY_HOST_FILE + host.substring(dot + 1));
    return Files.exists(ofDomain.certificate()) ? ofDomain : own;
  }

  /** The files of {@code host} itself, whether they are there or not. */
  static TlsFiles own(Path folder, String host) {
    return named(folder, host.replace(':', '_').replaceFirst("^\\*\\.", ANY_HOST_FILE));
  }

  private static TlsFiles named(Path folder, String name) {
    return new TlsFiles(
        folder.resolve(AUTHORITY),
        folder.resolve(name + ".pem"),
        folder.resolve(name + "-key.pem"),
        folder.resolve(TOKEN));
  }
}
