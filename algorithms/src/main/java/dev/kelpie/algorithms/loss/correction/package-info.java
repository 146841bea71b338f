/** Weights for tokens that another policy drew than the one the ratio is taken to. */
@NullMarked
package dev.kelpie.algorithms.loss.correction;

import org.jspecify.annotations.NullMarked;
