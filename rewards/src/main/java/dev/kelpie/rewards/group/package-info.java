/**
 * Rewards of a response within its group: the responses to one prompt are compared with each other,
 * and the comparisons give each of them its value.
 */
@NullMarked
package dev.kelpie.rewards.group;

import org.jspecify.annotations.NullMarked;
