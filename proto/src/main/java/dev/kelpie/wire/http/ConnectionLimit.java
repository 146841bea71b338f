package dev.kelpie.wire.http;

import io.netty.channel.Channel;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The open connections of a server, bounded. A new one takes the place of the one that is idle for
 * longest, so that silent connections cannot keep out those with a request. Connections that got
 * nothing but refusals go before those that were served.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nobody waits until a closed connection is gone
final class ConnectionLimit {
  private final int most;
  private final Set<Channel> open = new HashSet<>();
  private final Set<Channel> strangers = new LinkedHashSet<>();
  private final Set<Channel> idle = new LinkedHashSet<>();

  ConnectionLimit(int most) {
    this.most = most;
  }

  /** Adds a new, idle connection; false when all others are busy and it has to be refused. */
  synchronized boolean open(Channel channel) {
    int excess = Math.max(0, open.size() + 1 - most);
    for (Channel longest :
        Stream.concat(strangers.stream(), idle.stream()).limit(excess).toList()) {
      forget(longest);
      longest.close();
    }
    open.add(channel);
    strangers.add(channel);
    channel.closeFuture().addListener(closed -> forget(channel));
    return open.size() <= most;
  }

  /** A request came in on the connection; it is not closed for another until it is answered. */
  synchronized void busy(Channel channel) {
    strangers.remove(channel);
    idle.remove(channel);
  }

  /** The request is answered. */
  synchronized void idle(Channel channel, boolean refused) {
    if (open.contains(channel)) {
      (refused ? strangers : idle).add(channel);
    }
  }

  private synchronized void forget(Channel channel) {
    open.remove(channel);
    strangers.remove(channel);
    idle.remove(channel);
  }
}
