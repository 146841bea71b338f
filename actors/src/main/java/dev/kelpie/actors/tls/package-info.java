/** Encryption of the messages between actor systems. */
@NullMarked
package dev.kelpie.actors.tls;

import org.jspecify.annotations.NullMarked;
