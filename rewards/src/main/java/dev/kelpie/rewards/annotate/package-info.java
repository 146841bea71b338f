/** Judgements of a run's responses that arrive while it goes on. */
@NullMarked
package dev.kelpie.rewards.annotate;

import org.jspecify.annotations.NullMarked;
