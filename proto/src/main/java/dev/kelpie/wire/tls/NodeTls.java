package dev.kelpie.wire.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mutual TLS 1.3 of a host. Each handshake uses the files as they are then, so that certificates
 * are replaced without a stop; while new files do not fit each other, those before them stay in
 * use.
 */
public final class NodeTls {
  private static final Logger LOG = LoggerFactory.getLogger(NodeTls.class);
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  /**
   * The server's choice; the first costs a fifth less than the JDK's, and weights are many bytes.
   */
  private static final String[] SUITES = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"};

  private static final int DNS = 2;
  private static final int ADDRESS = 7;

  /** A session that is resumed shows no certificate again; so it must not live long. */
  private static final int SESSION_SECONDS = 60;

  private final TlsFiles files;
  private final SSLContext context;
  private List<Stamp> stamps;
  private Identity identity;
  private volatile Consumer<String> refused = reason -> {};

  private record Stamp(FileTime modified, long bytes, Object key) {}

  private NodeTls(TlsFiles files, List<Stamp> stamps, Identity identity) {
    this.files = files;
    this.stamps = stamps;
    this.identity = identity;
    this.context =
        context(
            new NodeKeys(this::current),
            new NodeTrust(this::current, reason -> refused.accept(reason)));
  }

  /**
   * Reads the files of a host.
   *
   * @throws IOException in one line with the file and what was expected
   */
  public static NodeTls open(TlsFiles files) throws IOException {
    List<Stamp> stamps = stamps(files);
    return new NodeTls(files, stamps, Identity.read(files));
  }

  private static SSLContext context(KeyManager keys, TrustManager trust) {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
      context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS 1.3", e);
    }
  }

  /** Has each certificate of another process that is refused reported, with the reason. */
  public void onRefusal(Consumer<String> report) {
    refused = report;
  }

  /** The context of servers and clients of this host. */
  public SSLContext context() {
    return context;
  }

  /** An engine of a server that lets in only who shows a certificate of the authority. */
  public SSLEngine serverEngine() {
    SSLEngine engine = openEngine();
    engine.setEnabledCipherSuites(SUITES);
    engine.setNeedClientAuth(true);
    return engine;
  }

  /** An engine of a server that asks for no certificate, for browsers. */
  public SSLEngine openEngine() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(PROTOCOLS);
    return engine;
  }

  /** An engine of a client that talks only to a server whose certificate names {@code host}. */
  public SSLEngine clientEngine(String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(PROTOCOLS);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** The host's certificate. */
  public X509Certificate certificate() {
    return current().certificate();
  }

  /**
   * The secret that servers require beside a certificate.
   *
   * @throws IOException in one line with the file and what was expected
   */
  public String secret() throws IOException {
    String secret = new String(PemFile.read(files.token()), StandardCharsets.UTF_8).strip();
    if (!secret.matches("[!-~]{16,}")) {
      throw new IOException(files.token() + " (expected: at least 16 visible ASCII characters)");
    }
    return secret;
  }

  /**
   * Checks that the certificate is one of {@code host}.
   *
   * @throws IOException in one line with the names that it has
   */
  public void requireName(String host) throws IOException {
    List<String> names = names(certificate());
    String address = isAddress(host) ? InetAddress.getByName(host).getHostAddress() : host;
    if (names.stream().noneMatch(name -> isNameOf(name, address))) {
      throw new IOException(
          files.certificate()
              + ": a certificate of "
              + (names.isEmpty() ? "no host" : String.join(", ", names))
              + " (expected: of "
              + host
              + ")");
    }
  }

  /** Whether a certificate of {@code name} is one of {@code host}; {@code *} is one label. */
  private static boolean isNameOf(String name, String host) {
    boolean any = name.startsWith(TlsFiles.ANY_HOST) && host.indexOf('.') > 0 && !isAddress(host);
    return any
        ? name.substring(1).equalsIgnoreCase(host.substring(host.indexOf('.')))
        : name.equalsIgnoreCase(host);
  }

  static boolean isAddress(String host) {
    return host.contains(":") || host.matches("\\d+(\\.\\d+){3}");
  }

  private static List<String> names(X509Certificate certificate) throws IOException {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> found = certificate.getSubjectAlternativeNames();
      for (List<?> name : found == null ? List.<List<?>>of() : found) {
        if (name.get(0).equals(DNS)) {
          names.add(String.valueOf(name.get(1)));
        } else if (name.get(0).equals(ADDRESS)) {
          names.add(InetAddress.getByName(String.valueOf(name.get(1))).getHostAddress());
        }
      }
    } catch (CertificateParsingException e) {
      throw new IOException("a certificate whose names cannot be read", e);
    }
    return names;
  }

  /** The identity by the files as they are now. */
  synchronized Identity current() {
    try {
      List<Stamp> now = stamps(files);
      if (!now.equals(stamps)) {
        stamps = now;
        identity = Identity.read(files);
        LOG.info(
            "{} is in use, valid until {}",
            files.certificate(),
            identity.certificate().getNotAfter().toInstant());
      }
    } catch (IOException e) {
      LOG.warn("the certificates before stay in use: {}", e.getMessage());
    }
    return identity;
  }

  private static List<Stamp> stamps(TlsFiles files) throws IOException {
    List<Stamp> stamps = new ArrayList<>();
    for (Path file : List.of(files.authority(), files.certificate(), files.key())) {
      try {
        var read = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.add(new Stamp(read.lastModifiedTime(), read.size(), String.valueOf(read.fileKey())));
      } catch (NoSuchFileException e) {
        throw PemFile.missing(file, e);
      }
    }
    return stamps;
  }
}
