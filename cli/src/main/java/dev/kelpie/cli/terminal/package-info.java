/** What commands print to and read from a terminal. */
@NullMarked
package dev.kelpie.cli.terminal;

import org.jspecify.annotations.NullMarked;
