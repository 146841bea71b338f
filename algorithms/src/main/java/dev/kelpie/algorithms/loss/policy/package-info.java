/** Policy losses per token, and the objective that is composed around them. */
@NullMarked
package dev.kelpie.algorithms.loss.policy;

import org.jspecify.annotations.NullMarked;
