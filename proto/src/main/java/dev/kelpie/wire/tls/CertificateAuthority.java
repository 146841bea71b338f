package dev.kelpie.wire.tls;

import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The authority of a cluster: makes the certificates by which its hosts know each other. Keys are
 * of the curve P-256; a host's certificate serves both as a server and as a client.
 */
public final class CertificateAuthority {
  private static final Duration OF_AUTHORITY = Duration.ofDays(3650);
  private static final Duration CLOCKS_MAY_DIFFER = Duration.ofHours(1);
  private static final Pattern NAME =
      Pattern.compile(
          "(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*");
  private static final int SERIAL_BITS = 127;
  private static final int TOKEN_BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path folder;
  private final X509Certificate certificate;
  private final PrivateKey key;

  private CertificateAuthority(Path folder, X509Certificate certificate, PrivateKey key) {
    this.folder = folder;
    this.certificate = certificate;
    this.key = key;
  }

  /**
   * The authority in {@code folder}; a new one, and the token of its cluster, where there is none.
   *
   * @throws IOException in one line with the file and what was expected
   */
  public static CertificateAuthority openOrCreate(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path own = folder.resolve(TlsFiles.AUTHORITY);
    Path ownKey = folder.resolve(TlsFiles.AUTHORITY_KEY);
    if (!Files.exists(folder.resolve(TlsFiles.TOKEN))) {
      byte[] secret = new byte[TOKEN_BYTES];
      RANDOM.nextBytes(secret);
      writePrivately(folder.resolve(TlsFiles.TOKEN), HexFormat.of().formatHex(secret) + "\n");
    }
    if (Files.exists(own)) {
      X509Certificate found = PemFile.certificates(own).get(0);
      PrivateKey foundKey = PemFile.key(ownKey, found.getPublicKey().getAlgorithm());
      return new CertificateAuthority(folder, found, foundKey);
    }
    KeyPair pair = pair();
    X500Name name = new X500Name("CN=Kelpie cluster " + new BigInteger(32, RANDOM).toString(16));
    Instant now = Instant.now();
    try {
      JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
                  name,
                  serial(),
                  Date.from(now.minus(CLOCKS_MAY_DIFFER)),
                  Date.from(now.plus(OF_AUTHORITY)),
                  name,
                  pair.getPublic())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
              .addExtension(
                  Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
              .addExtension(
                  Extension.subjectKeyIdentifier,
                  false,
                  extensions.createSubjectKeyIdentifier(pair.getPublic()));
      X509Certificate made = signed(builder, pair.getPrivate());
      writePrivately(ownKey, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      AtomicFile.write(own, pem("CERTIFICATE", made.getEncoded()));
      return new CertificateAuthority(folder, made, pair.getPrivate());
    } catch (GeneralSecurityException | CertIOException e) {
      throw new IllegalStateException("cannot make a certificate: " + e.getMessage(), e);
    }
  }

  /** When the authority's own certificate ends. */
  public Instant until() {
    return certificate.getNotAfter().toInstant();
  }

  /**
   * Makes the key and the certificate of {@code host} in the authority's folder, in place of those
   * before. The key is written first, so that who reads both between takes neither.
   *
   * @param host a name or an address, by which the others connect to it, or {@code *.DOMAIN} for
   *     all hosts of a domain
   * @return the files
   * @throws IllegalArgumentException if {@code host} is neither a name nor an address
   */
  public TlsFiles issue(String host, Duration valid) throws IOException {
    requireHost(host);
    TlsFiles files = TlsFiles.own(folder, host);
    KeyPair pair = pair();
    Instant now = Instant.now();
    Instant end = now.plus(valid);
    int kind = NodeTls.isAddress(host) ? GeneralName.iPAddress : GeneralName.dNSName;
    try {
      JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
                  certificate,
                  serial(),
                  Date.from(now.minus(CLOCKS_MAY_DIFFER)),
                  Date.from(end.isAfter(until()) ? until() : end),
                  new X500Name("CN=" + host),
                  pair.getPublic())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
              .addExtension(
                  Extension.extendedKeyUsage,
                  false,
                  new ExtendedKeyUsage(
                      new KeyPurposeId[] {
                        KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                      }))
              .addExtension(
                  Extension.subjectAlternativeName,
                  false,
                  new GeneralNames(new GeneralName(kind, host)))
              .addExtension(
                  Extension.authorityKeyIdentifier,
                  false,
                  extensions.createAuthorityKeyIdentifier(certificate))
              .addExtension(
                  Extension.subjectKeyIdentifier,
                  false,
                  extensions.createSubjectKeyIdentifier(pair.getPublic()));
      X509Certificate made = signed(builder, key);
      writePrivately(files.key(), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      AtomicFile.write(files.certificate(), pem("CERTIFICATE", made.getEncoded()));
      return files;
    } catch (GeneralSecurityException | CertIOException e) {
      throw new IllegalStateException("cannot make a certificate: " + e.getMessage(), e);
    }
  }

  /**
   * Checks that {@code host} is a name or an address.
   *
   * @throws IllegalArgumentException otherwise
   */
  public static void requireHost(String host) {
    boolean reserved = List.of("ca", "ca-key", "token").contains(host);
    if (reserved || !(NodeTls.isAddress(host) ? isWritten(host) : NAME.matcher(host).matches())) {
      throw new IllegalArgumentException(
          "HOST: " + host + " (expected: a host name or an address, as others connect to it)");
    }
  }

  private static boolean isWritten(String address) {
    try {
      return new GeneralName(GeneralName.iPAddress, address).getTagNo() == GeneralName.iPAddress;
    } catch (IllegalArgumentException e) {
      return false; // 300.1.1.1
    }
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey by)
      throws GeneralSecurityException {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by)));
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException(e.getMessage(), e);
    }
  }

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no curve P-256", e);
    }
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS - 1);
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  /** Writes a file that its owner alone may read. */
  private static void writePrivately(Path file, String text) throws IOException {
    Path temporary = Files.createTempFile(AtomicFile.folderOf(file), ".", ".tmp"); // mode 600
    try {
      Files.writeString(temporary, text);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
