/**
 * Rewards: functions from a response to a number. {@link Rewards} lists them; a class of one's own
 * joins them through {@link RewardProvider}.
 */
@NullMarked
package dev.kelpie.rewards;

import org.jspecify.annotations.NullMarked;
