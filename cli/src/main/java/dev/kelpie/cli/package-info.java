/** The command line: parses arguments, wires the parts, prints results. */
@NullMarked
package dev.kelpie.cli;

import org.jspecify.annotations.NullMarked;
