/** Sends the numbers of runs to servers that track them. */
@NullMarked
package dev.kelpie.cli.track;

import org.jspecify.annotations.NullMarked;
