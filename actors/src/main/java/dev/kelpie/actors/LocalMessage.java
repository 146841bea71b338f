package dev.kelpie.actors;

import akka.actor.NoSerializationVerificationNeeded;

/** A message between actors of one node, or of an actor to itself; never serialized. */
interface LocalMessage extends Sent, NoSerializationVerificationNeeded {}
