/** Checks of an experiment before it runs, and the commands that only check. */
@NullMarked
package dev.kelpie.cli.check;

import org.jspecify.annotations.NullMarked;
