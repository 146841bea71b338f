/** What a process does that waits to take another's place. */
@NullMarked
package dev.kelpie.actors.standby;

import org.jspecify.annotations.NullMarked;
