/** Terminal input and output of the commands. */
@NullMarked
package dev.kelpie.cli.terminal;

import org.jspecify.annotations.NullMarked;
