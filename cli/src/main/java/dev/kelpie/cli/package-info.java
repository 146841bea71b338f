/** The command line: reads, wires, prints. */
@NullMarked
package dev.kelpie.cli;

import org.jspecify.annotations.NullMarked;
