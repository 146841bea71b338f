/** Losses over single responses with labels. */
@NullMarked
package dev.kelpie.algorithms.preference.response;

import org.jspecify.annotations.NullMarked;
