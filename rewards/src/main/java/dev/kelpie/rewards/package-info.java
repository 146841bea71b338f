/** Rewards. */
@NullMarked
package dev.kelpie.rewards;

import org.jspecify.annotations.NullMarked;
