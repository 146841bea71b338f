package dev.kelpie.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.experience.RunView.Link;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrafficTest {
  private final Traffic traffic = new Traffic("host:1");

  private record Message(String sender) implements HasSender {}

  @Test
  void mailboxIsWhatHasComeAndWasNotHandled() {
    Traffic.Inbox inbox = traffic.inbox("rollout-1");
    inbox.arrives(new Message("coordinator"));
    inbox.arrives("a timer's message");
    inbox.arrives(new Message("coordinator"));
    inbox.handles();

    Map<String, Double> numbers = new HashMap<>();
    traffic.addNumbers("rollout-1@host:1", numbers);

    assertThat(numbers)
        .containsEntry("mailbox", 2.0)
        .containsEntry("messages", 1.0)
        .containsEntry("restarts", 0.0);
    traffic.addNumbers("nobody@host:1", numbers);
    assertThat(numbers).hasSize(3);
  }

  @Test
  void linksCountMessagesBetweenActorsAndTheirBytesFromTheWire() {
    Traffic.Inbox inbox = traffic.inbox("coordinator");
    Message message = new Message("rollout-1@host:2");
    inbox.arrives(message);
    traffic.came("coordinator", message, 120);
    inbox.arrives(new Message("rollout-1@host:1"));
    inbox.arrives(new Message("rollout-1@host:1"));
    // A person's request comes from no actor.
    inbox.arrives(new Message(""));

    assertThat(traffic.links())
        .containsExactlyInAnyOrder(
            new Link("rollout-1@host:2", "coordinator", 1, 120),
            new Link("rollout-1@host:1", "coordinator", 2, 0));
  }

  @Test
  void totalsHoldBothDirections() {
    traffic.inbox("coordinator").arrives(new Message("rollout-1@host:2"));
    traffic.came("coordinator", new Message("rollout-1@host:2"), 100);
    traffic.left(new Message("coordinator"), 50);
    traffic.left("cluster gossip", 1000);
    TrafficTotals before = traffic.totals();
    assertThat(before).isEqualTo(new TrafficTotals(2, 150));

    traffic.left(new Message("coordinator"), 50);

    assertThat(traffic.totals().minus(before)).isEqualTo(new TrafficTotals(1, 50));
  }
}
