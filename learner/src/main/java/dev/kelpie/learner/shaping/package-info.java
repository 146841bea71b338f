/**
 * What the learner changes of a step's responses before credit is assigned: rewards by penalties
 * and constraints, and greedy responses that are a baseline only.
 */
@NullMarked
package dev.kelpie.learner.shaping;

import org.jspecify.annotations.NullMarked;
