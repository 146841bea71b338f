/** Losses over pairs of a chosen and a rejected response, and over labelled responses. */
@NullMarked
package dev.kelpie.algorithms.preference;

import org.jspecify.annotations.NullMarked;
