package dev.kelpie.actors.tls;

import akka.actor.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.remote.artery.tcp.SSLEngineProvider;
import com.typesafe.config.Config;
import dev.kelpie.config.ClusterOptions;
import dev.kelpie.wire.tls.NodeTls;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import scala.Option;

/**
 * Mutual TLS 1.3 of Artery: both sides show a certificate of the cluster's authority, and the one
 * that connects checks that the other's certificate names the host it connects to. Akka creates it.
 */
public final class ArteryTls implements SSLEngineProvider {
  private static final String FOLDER = "kelpie.tls.folder";
  private static final String HOST = "kelpie.tls.host";

  private final NodeTls tls;

  /** Reads the certificates that {@link #config} names. */
  public ArteryTls(ActorSystem system) {
    Config config = system.settings().config();
    this.tls = HostTls.open(config.getString(FOLDER), config.getString(HOST));
    tls.onRefusal(reason -> RefusedCertificates.of(Adapter.toTyped(system)).refused(reason));
  }

  /** What makes an actor system use the certificates of {@code cluster}; nothing without them. */
  public static Map<String, Object> config(ClusterOptions cluster) {
    return cluster.tlsPath().isEmpty()
        ? Map.of()
        : Map.of(
            "akka.remote.artery.transport",
            "tls-tcp",
            "akka.remote.artery.ssl.ssl-engine-provider",
            ArteryTls.class.getName(),
            FOLDER,
            cluster.tlsPath(),
            HOST,
            cluster.host());
  }

  @Override
  public SSLEngine createServerSSLEngine(String hostname, int port) {
    return tls.serverEngine();
  }

  @Override
  public SSLEngine createClientSSLEngine(String hostname, int port) {
    return tls.clientEngine(hostname, port);
  }

  @Override
  public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
    return Option.empty(); // the handshake has checked the certificate and its name
  }

  @Override
  public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
    return Option.empty();
  }
}
