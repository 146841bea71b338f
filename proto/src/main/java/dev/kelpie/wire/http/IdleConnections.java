package dev.kelpie.wire.http;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The connections of a server on which nothing is going on, the one that is idle for longest first:
 * it has to go when one more comes than there is room for, so that silent ones cannot keep out
 * those with something to ask.
 */
final class IdleConnections {
  private final Set<Channel> idle = new LinkedHashSet<>();

  /** Nothing goes on here any more. */
  synchronized void add(Channel channel) {
    idle.remove(channel);
    if (channel.isOpen()) {
      idle.add(channel);
    }
  }

  /** Something goes on here now, or it is closed. */
  synchronized void remove(Channel channel) {
    idle.remove(channel);
  }

  /** Takes out the one that is idle for longest. */
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
