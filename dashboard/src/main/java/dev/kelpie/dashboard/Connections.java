package dev.kelpie.dashboard;

import io.netty.channel.Channel;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The open connections, bounded. When there are too many, the oldest that has not asked anything
 * yet gives way, so that idle connections cannot keep a page out. Used by the one event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing is all that is wanted
final class Connections {
  private final int most;
  private final Set<Channel> open = new LinkedHashSet<>();
  private final Set<Channel> silent = new LinkedHashSet<>();

  Connections(int most) {
    this.most = most;
  }

  /** Takes in a new connection, or closes it where all others are busy. */
  void add(Channel channel) {
    if (open.size() >= most) {
      Channel victim = silent.isEmpty() ? channel : silent.iterator().next();
      victim.close();
      forget(victim);
      if (victim == channel) {
        return;
      }
    }
    open.add(channel);
    silent.add(channel);
    channel.closeFuture().addListener(closed -> forget(channel));
  }

  /** It asked something that it may ask. */
  void spoke(Channel channel) {
    silent.remove(channel);
  }

  private void forget(Channel channel) {
    open.remove(channel);
    silent.remove(channel);
  }
}
