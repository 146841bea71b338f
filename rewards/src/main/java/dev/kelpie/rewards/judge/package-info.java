/** Judges: models that are asked for a verdict on responses, by a template. */
@NullMarked
package dev.kelpie.rewards.judge;

import org.jspecify.annotations.NullMarked;
