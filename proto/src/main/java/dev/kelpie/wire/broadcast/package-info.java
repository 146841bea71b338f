/**
 * Broadcast of files that are checked chunk by chunk: every process that has parts of a file serves
 * them to the others.
 */
@NullMarked
package dev.kelpie.wire.broadcast;

import org.jspecify.annotations.NullMarked;
