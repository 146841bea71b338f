package dev.kelpie.actors;

import akka.actor.NoSerializationVerificationNeeded;
import dev.kelpie.actors.telemetry.HasSender;

/** A message between actors of one node, or of an actor to itself; never serialized. */
interface LocalMessage extends HasSender, NoSerializationVerificationNeeded {}
