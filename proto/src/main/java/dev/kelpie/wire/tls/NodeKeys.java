package dev.kelpie.wire.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows the present certificate of the host. A handshake asks for certificate and key one after the
 * other, by a name; a name stands for one identity, also when the files change between.
 */
final class NodeKeys extends X509ExtendedKeyManager {
  private static final int KEPT = 16;

  private final Supplier<Identity> identity;
  private final Map<String, Identity> named = new LinkedHashMap<>();
  private long count;

  NodeKeys(Supplier<Identity> identity) {
    this.identity = identity;
  }

  private synchronized String name() {
    Identity now = identity.get();
    for (Map.Entry<String, Identity> entry : named.entrySet()) {
      if (entry.getValue().equals(now)) {
        return entry.getKey();
      }
    }
    if (named.size() == KEPT) {
      named.remove(named.keySet().iterator().next());
    }
    String name = "host-" + ++count;
    named.put(name, now);
    return name;
  }

  private synchronized @Nullable Identity of(String name) {
    return named.get(name);
  }

  @Override
  public String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return name();
  }

  @Override
  public String chooseEngineClientAlias(
      String[] keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return name();
  }

  @Override
  public String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return name();
  }

  @Override
  public String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return name();
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String name) {
    Identity known = of(name);
    return known == null ? null : known.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String name) {
    Identity known = of(name);
    return known == null ? null : known.key();
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {name()};
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {name()};
  }
}
