package dev.kelpie.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class ConnectionLimitTest {
  private final ConnectionLimit limit = new ConnectionLimit(2);
  private final EmbeddedChannel first = new EmbeddedChannel();
  private final EmbeddedChannel second = new EmbeddedChannel();
  private final EmbeddedChannel third = new EmbeddedChannel();

  private void open(EmbeddedChannel... channels) {
    for (EmbeddedChannel channel : channels) {
      assertThat(limit.open(channel)).isTrue();
    }
  }

  private void ask(EmbeddedChannel channel, boolean refused) {
    limit.busy(channel);
    limit.idle(channel, refused);
  }

  @Test
  void theOneThatIsIdleForLongestGoesFirst() {
    open(first, second);
    ask(second, false);
    ask(first, false);
    open(third);
    assertThat(first.isOpen()).isTrue();
    assertThat(second.isOpen()).isFalse();
  }

  @Test
  void oneThatGotOnlyRefusalsGoesBeforeOneThatWasServed() {
    open(first, second);
    ask(first, false);
    ask(second, true);
    open(third);
    assertThat(first.isOpen()).isTrue();
    assertThat(second.isOpen()).isFalse();
  }

  @Test
  void whereAllAreBusyANewOneIsRefusedAndMakesWayForTheNext() {
    open(first, second);
    limit.busy(first);
    limit.busy(second);
    assertThat(limit.open(third)).isFalse();
    EmbeddedChannel fourth = new EmbeddedChannel();
    assertThat(limit.open(fourth)).isFalse();
    assertThat(third.isOpen()).isFalse();
    limit.idle(first, false);
    open(new EmbeddedChannel()); // in the place of the first; the fourth goes too
    assertThat(first.isOpen()).isFalse();
    assertThat(fourth.isOpen()).isFalse();
    assertThat(second.isOpen()).isTrue();
  }
}
