/** Log-probabilities that models compute for rewards, labels and losses; JDK only. */
@NullMarked
package dev.kelpie.experience.scoring;

import org.jspecify.annotations.NullMarked;
