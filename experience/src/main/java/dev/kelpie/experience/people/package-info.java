/** Pairs of a run that people label. */
@NullMarked
package dev.kelpie.experience.people;

import org.jspecify.annotations.NullMarked;
