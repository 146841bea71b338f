/** Sweeps: one experiment run with several settings and seeds, and compared. */
@NullMarked
package dev.kelpie.cli.sweep;

import org.jspecify.annotations.NullMarked;
