/** Prompts from files, and generation of responses to them. */
@NullMarked
package dev.kelpie.rollout;

import org.jspecify.annotations.NullMarked;
