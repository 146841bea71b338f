/** Tensors of a state, such as an optimiser's, in a file. */
@NullMarked
package dev.kelpie.learner.state;

import org.jspecify.annotations.NullMarked;
