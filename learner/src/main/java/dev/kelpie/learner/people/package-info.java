/** Which pairs of a step people are asked about. */
@NullMarked
package dev.kelpie.learner.people;

import org.jspecify.annotations.NullMarked;
