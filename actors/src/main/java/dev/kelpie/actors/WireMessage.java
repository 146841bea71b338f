package dev.kelpie.actors;

/**
 * A message that may leave its actor system. {@link WireSerializer} lists every one of them; others
 * cannot be sent.
 */
interface WireMessage extends Sent {}
