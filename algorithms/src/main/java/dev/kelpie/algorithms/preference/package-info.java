/** Batches, labels and interfaces of losses over pairs of responses and over single responses. */
@NullMarked
package dev.kelpie.algorithms.preference;

import org.jspecify.annotations.NullMarked;
