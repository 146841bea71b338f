package dev.kelpie.actors;

import dev.kelpie.actors.telemetry.HasSender;

/**
 * A message that may leave its actor system. {@link WireSerializer} lists every one of them; others
 * cannot be sent.
 */
public interface WireMessage extends HasSender {}
