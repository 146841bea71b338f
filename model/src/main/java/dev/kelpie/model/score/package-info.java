/** Scores of whole sequences by a reward model. */
@NullMarked
package dev.kelpie.model.score;

import org.jspecify.annotations.NullMarked;
