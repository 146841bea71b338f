/** The optimiser of the policy and the critic, and its learning rate. */
@NullMarked
package dev.kelpie.learner.optimizer;

import org.jspecify.annotations.NullMarked;
