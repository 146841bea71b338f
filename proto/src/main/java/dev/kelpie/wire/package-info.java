/** The formats and transports of everything that crosses a process boundary. */
@NullMarked
package dev.kelpie.wire;

import org.jspecify.annotations.NullMarked;
