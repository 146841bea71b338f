package dev.kelpie.wire.http;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The idle connections of a server, the one that is idle for longest first. It is closed when one
 * connection too many arrives, so that idle ones cannot keep out those with a request.
 */
final class IdleConnections {
  private final Set<Channel> idle = new LinkedHashSet<>();

  /** Adds a connection that has become idle. */
  synchronized void add(Channel channel) {
    idle.remove(channel);
    if (channel.isOpen()) {
      idle.add(channel);
    }
  }

  /** Removes a connection that is busy or closed. */
  synchronized void remove(Channel channel) {
    idle.remove(channel);
  }

  /** Removes and returns the one that is idle for longest. */
  synchronized Optional<Channel> poll() {
    Iterator<Channel> all = idle.iterator();
    if (!all.hasNext()) {
      return Optional.empty();
    }
    Channel longest = all.next();
    all.remove();
    return Optional.of(longest);
  }
}
