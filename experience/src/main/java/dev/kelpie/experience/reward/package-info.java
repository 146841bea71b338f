/** Arithmetic of scores that several modules share; JDK only. */
@NullMarked
package dev.kelpie.experience.reward;

import org.jspecify.annotations.NullMarked;
