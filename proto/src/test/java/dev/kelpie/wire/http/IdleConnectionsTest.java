package dev.kelpie.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class IdleConnectionsTest {
  private final IdleConnections idle = new IdleConnections();

  @Test
  void theOneThatIsIdleForLongestGoesFirst() {
    EmbeddedChannel first = new EmbeddedChannel();
    EmbeddedChannel second = new EmbeddedChannel();
    EmbeddedChannel closed = new EmbeddedChannel();
    assertThat(closed.close().isDone()).isTrue();
    idle.add(first);
    idle.add(second);
    idle.add(closed);
    idle.remove(first); // it asks something
    idle.add(first);
    assertThat(idle.poll()).contains(second);
    assertThat(idle.poll()).contains(first);
    assertThat(idle.poll()).isEmpty();
  }
}
