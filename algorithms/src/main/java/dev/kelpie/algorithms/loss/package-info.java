/** Losses over per-token numbers: policy gradients, value regressions and what composes them. */
@NullMarked
package dev.kelpie.algorithms.loss;

import org.jspecify.annotations.NullMarked;
