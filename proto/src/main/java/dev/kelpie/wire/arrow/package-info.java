/** Weights and samples as Arrow files. */
@NullMarked
package dev.kelpie.wire.arrow;

import org.jspecify.annotations.NullMarked;
