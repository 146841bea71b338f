package dev.kelpie.actors.telemetry;

import akka.actor.ActorRef;
import akka.actor.ActorSystem;
import akka.dispatch.Envelope;
import akka.dispatch.MailboxType;
import akka.dispatch.MessageQueue;
import akka.dispatch.ProducesMessageQueue;
import akka.dispatch.UnboundedMailbox;
import com.typesafe.config.Config;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** A mailbox that tells {@link Traffic} of what comes and goes. Akka makes it by its name. */
public final class CountedMailbox
    implements MailboxType, ProducesMessageQueue<CountedMailbox.CountedQueue> {
  /** Called by Akka. */
  public CountedMailbox(ActorSystem.Settings settings, Config config) {}

  @Override
  public MessageQueue create(Option<ActorRef> owner, Option<ActorSystem> system) {
    return new CountedQueue(Traffic.of(system.get()).inbox(owner.get().path().name()));
  }

  /** The queue of an actor. */
  static final class CountedQueue extends UnboundedMailbox.MessageQueue {
    private static final long serialVersionUID = 1;

    private final transient Traffic.Inbox inbox;

    CountedQueue(Traffic.Inbox inbox) {
      this.inbox = inbox;
    }

    @Override
    public void enqueue(ActorRef receiver, Envelope envelope) {
      inbox.arrives(envelope.message());
      super.enqueue(receiver, envelope);
    }

    @Override
    public @Nullable Envelope dequeue() {
      Envelope next = super.dequeue();
      if (next != null) {
        inbox.handles();
      }
      return next;
    }
  }
}
