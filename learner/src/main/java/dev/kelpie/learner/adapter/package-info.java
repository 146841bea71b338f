/** The low-rank adapter of a policy, and what it rules out. */
@NullMarked
package dev.kelpie.learner.adapter;

import org.jspecify.annotations.NullMarked;
