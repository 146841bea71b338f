/** Losses over pairs of a chosen and a rejected response. */
@NullMarked
package dev.kelpie.algorithms.preference.pair;

import org.jspecify.annotations.NullMarked;
