/** Types that policy losses, value losses and off-policy corrections share. */
@NullMarked
package dev.kelpie.algorithms.loss;

import org.jspecify.annotations.NullMarked;
