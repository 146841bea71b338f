/** Labels of pairs: probability, weight, margin and targets. */
@NullMarked
package dev.kelpie.algorithms.label;

import org.jspecify.annotations.NullMarked;
