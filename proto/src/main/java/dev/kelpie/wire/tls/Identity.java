package dev.kelpie.wire.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What a host shows and whom it trusts, as its files have it at one time.
 *
 * @param chain the host's certificate first
 */
record Identity(List<X509Certificate> chain, PrivateKey key, X509ExtendedTrustManager trust) {
  private static final byte[] PROBE = {1, 2, 3};

  Identity {
    chain = List.copyOf(chain);
  }

  X509Certificate certificate() {
    return chain.get(0);
  }

  /**
   * Reads {@code files} and checks that they fit each other.
   *
   * @throws IOException in one line with the file and what was expected
   */
  static Identity read(TlsFiles files) throws IOException {
    List<X509Certificate> chain = PemFile.certificates(files.certificate());
    X509Certificate own = chain.get(0);
    PrivateKey key = PemFile.key(files.key(), own.getPublicKey().getAlgorithm());
    requireValid(files.certificate(), own);
    requirePair(files, own, key);
    X509ExtendedTrustManager trust = trust(PemFile.certificates(files.authority()));
    try {
      trust.checkServerTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
    } catch (CertificateException e) {
      throw new IOException(
          files.certificate() + " (expected: a certificate signed by " + files.authority() + ")",
          e);
    }
    return new Identity(chain, key, trust);
  }

  private static void requireValid(Path file, X509Certificate own) throws IOException {
    try {
      own.checkValidity();
    } catch (CertificateExpiredException e) {
      throw new IOException(
          file
              + ": expired at "
              + own.getNotAfter().toInstant()
              + " (expected: a valid certificate; kelpie cluster certificates renews it)",
          e);
    } catch (CertificateNotYetValidException e) {
      throw new IOException(
          file
              + ": valid from "
              + own.getNotBefore().toInstant()
              + " on (expected: a valid certificate, and a clock that is right)",
          e);
    }
  }

  private static void requirePair(TlsFiles files, X509Certificate own, PrivateKey key)
      throws IOException {
    try {
      String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(own.getPublicKey());
      signature.update(PROBE);
      if (signature.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(
          files.key() + " (expected: an EC or RSA key, that of " + files.certificate() + ")", e);
    }
    throw new IOException(files.key() + " (expected: the key of " + files.certificate() + ")");
  }

  private static X509ExtendedTrustManager trust(List<X509Certificate> authorities)
      throws IOException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("authority-" + i, authorities.get(i));
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("this JDK has no PKIX trust manager"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot check certificates", e);
    }
  }
}
