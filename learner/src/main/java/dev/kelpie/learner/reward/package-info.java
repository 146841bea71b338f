/** Reward models: their pairs, their training and what is written of them. */
@NullMarked
package dev.kelpie.learner.reward;

import org.jspecify.annotations.NullMarked;
