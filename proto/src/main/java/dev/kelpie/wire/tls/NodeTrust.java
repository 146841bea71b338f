package dev.kelpie.wire.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Trusts the present authorities of the cluster, and nobody else. */
final class NodeTrust extends X509ExtendedTrustManager {
  private final Supplier<Identity> identity;
  private final Consumer<String> refused;

  /**
   * @param refused takes whose certificate is refused, and why
   */
  NodeTrust(Supplier<Identity> identity, Consumer<String> refused) {
    this.identity = identity;
    this.refused = refused;
  }

  private interface Check {
    void run() throws CertificateException;
  }

  private void report(X509Certificate[] chain, Check check) throws CertificateException {
    try {
      check.run();
    } catch (CertificateException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      String whose =
          chain.length == 0 ? "no certificate" : chain[0].getSubjectX500Principal().getName();
      refused.accept(whose + ": " + cause.getMessage());
      throw e;
    }
  }

  private X509ExtendedTrustManager now() {
    return identity.get().trust();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    report(chain, () -> now().checkClientTrusted(chain, type, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    report(chain, () -> now().checkServerTrusted(chain, type, engine));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    report(chain, () -> now().checkClientTrusted(chain, type, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    report(chain, () -> now().checkServerTrusted(chain, type, socket));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    report(chain, () -> now().checkClientTrusted(chain, type));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    report(chain, () -> now().checkServerTrusted(chain, type));
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return now().getAcceptedIssuers();
  }
}
