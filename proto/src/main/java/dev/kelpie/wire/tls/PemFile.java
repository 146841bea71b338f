package dev.kelpie.wire.tls;

import dev.kelpie.files.InputFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads PEM. Every problem is an {@link IOException} of one line that names the file. */
final class PemFile {
  private static final int LARGEST = 1 << 20;
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  private PemFile() {}

  /** The certificates of {@code file}, at least one. */
  static List<X509Certificate> certificates(Path file) throws IOException {
    try {
      List<X509Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(read(file)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
    } catch (CertificateException e) {
      throw wrong(file, "X.509 certificates in PEM", e);
    }
    throw wrong(file, "X.509 certificates in PEM", null);
  }

  /** The private key of {@code file}, of the algorithm of the public key beside it. */
  static PrivateKey key(Path file, String algorithm) throws IOException {
    String text = new String(read(file), StandardCharsets.ISO_8859_1);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw wrong(
          file,
          "a private key in PEM, PKCS #8 without a password; openssl pkcs8 -topk8 -nocrypt makes it"
              + " of another form",
          null);
    }
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw wrong(file, "a private key of the certificate's algorithm, " + algorithm, e);
    }
  }

  /** The bytes of {@code file}. */
  static byte[] read(Path file) throws IOException {
    try {
      return InputFile.readBytes(file, LARGEST);
    } catch (NoSuchFileException e) {
      throw missing(file, e);
    }
  }

  /** What is said of a file that is not there. */
  static IOException missing(Path file, Exception cause) {
    return new IOException(
        file + ": no such file (expected: what kelpie cluster certificates writes)", cause);
  }

  private static IOException wrong(Path file, String expected, @Nullable Exception cause) {
    return new IOException(file + " (expected: " + expected + ")", cause);
  }
}
