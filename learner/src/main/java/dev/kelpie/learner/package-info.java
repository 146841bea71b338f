/** Training of the policy and the critic, and scoring by the reference. */
@NullMarked
package dev.kelpie.learner;

import org.jspecify.annotations.NullMarked;
