/** Training of process reward models, which say of each step of a response whether it is right. */
@NullMarked
package dev.kelpie.learner.reward.process;

import org.jspecify.annotations.NullMarked;
