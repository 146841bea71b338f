package dev.kelpie.actors.telemetry;

import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Extension;
import akka.actor.typed.ExtensionId;
import akka.actor.typed.MailboxSelector;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.experience.RunView.Link;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The counts of messages and bytes that the actors of one actor system receive. Messages are
 * counted where they enter a mailbox ({@link CountedMailbox}), bytes where they come over the wire
 * ({@link WireMeter}).
 */
public final class Traffic implements Extension {
  /** Gives an actor a mailbox that is counted. */
  public static final MailboxSelector COUNTED = MailboxSelector.fromConfig("kelpie.mailbox");

  private static final ExtensionId<Traffic> ID =
      new ExtensionId<>() {
        @Override
        public Traffic createExtension(ActorSystem<?> system) {
          return new Traffic(nodeOf(system));
        }
      };

  private final String node;
  private final Map<String, Inbox> inboxes = new ConcurrentHashMap<>();
  private final Count sent = new Count();

  private static final class Count {
    final LongAdder messages = new LongAdder();
    final LongAdder bytes = new LongAdder();
  }

  /** The receiving end of an actor. */
  static final class Inbox {
    private final String owner;
    private final LongAdder arrived = new LongAdder();
    private final LongAdder handled = new LongAdder();
    private final LongAdder starts = new LongAdder();
    private final Map<String, Count> from = new ConcurrentHashMap<>();

    private Inbox(String owner) {
      this.owner = owner;
    }

    /** A message enters the mailbox. */
    void arrives(Object message) {
      arrived.increment();
      String sender = senderOf(message);
      if (!sender.isEmpty()) {
        count(sender).messages.increment();
      }
    }

    /** A message is taken out. */
    void handles() {
      handled.increment();
    }

    private Count count(String sender) {
      return from.computeIfAbsent(sender, key -> new Count());
    }

    private void addTo(Map<String, Double> numbers) {
      long done = handled.sum();
      numbers.put("mailbox", (double) Math.max(0, arrived.sum() - done));
      numbers.put("messages", (double) done);
      numbers.put("restarts", (double) Math.max(0, starts.sum() - 1));
    }

    private List<Link> links() {
      List<Link> links = new ArrayList<>();
      from.forEach(
          (sender, count) ->
              links.add(new Link(sender, owner, count.messages.sum(), count.bytes.sum())));
      return links;
    }
  }

  /** Creates the traffic of the actor system at {@code node}, its host and port. */
  public Traffic(String node) {
    this.node = node;
  }

  /** The traffic of an actor system. */
  public static Traffic of(ActorSystem<?> system) {
    return system.registerExtension(ID);
  }

  /** The traffic of an actor system. */
  public static Traffic of(akka.actor.ActorSystem system) {
    return of(Adapter.toTyped(system));
  }

  private static String nodeOf(ActorSystem<?> system) {
    var address = ((ExtendedActorSystem) Adapter.toClassic(system)).provider().getDefaultAddress();
    return address.host().isEmpty() ? "local" : address.host().get() + ":" + address.port().get();
  }

  private static String senderOf(Object message) {
    return message instanceof HasSender known ? known.sender() : "";
  }

  /** The receiving end of the actor that is called {@code local} in this actor system. */
  Inbox inbox(String local) {
    return inboxes.computeIfAbsent(ActorNames.of(local, node), Inbox::new);
  }

  /** A behavior whose starts are counted; all but the first are restarts. */
  public static <T> Behavior<T> counted(Behavior<T> behavior) {
    return Behaviors.setup(
        context -> {
          of(context.getSystem()).inbox(context.getSelf().path().name()).starts.increment();
          return behavior;
        });
  }

  /** A message has left for another actor system. */
  void left(Object message, int bytes) {
    if (message instanceof HasSender) {
      sent.messages.increment();
      sent.bytes.add(bytes);
    }
  }

  /** A message for {@code local} has come from another actor system. */
  void came(String local, Object message, int bytes) {
    String sender = senderOf(message);
    Inbox inbox = inboxes.get(ActorNames.of(local, node));
    if (inbox != null && !sender.isEmpty()) {
      inbox.count(sender).bytes.add(bytes);
    }
  }

  /** Adds to {@code numbers} what is known of an actor. */
  public void addNumbers(String actor, Map<String, Double> numbers) {
    Inbox inbox = inboxes.get(actor);
    if (inbox != null) {
      inbox.addTo(numbers);
    }
  }

  /** What the actors of this system have received from others. */
  public List<Link> links() {
    return inboxes.values().stream().flatMap(inbox -> inbox.links().stream()).toList();
  }

  /** All messages between actors of which one end is here. */
  public TrafficTotals totals() {
    long messages = sent.messages.sum();
    long bytes = sent.bytes.sum();
    for (Link link : links()) {
      messages += link.messages();
      bytes += link.bytes();
    }
    return new TrafficTotals(messages, bytes);
  }
}
