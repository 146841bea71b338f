/** Regressions of values to returns. */
@NullMarked
package dev.kelpie.algorithms.loss.value;

import org.jspecify.annotations.NullMarked;
