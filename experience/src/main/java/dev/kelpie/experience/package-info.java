/** The nouns of online RLHF; JDK only. */
@NullMarked
package dev.kelpie.experience;

import org.jspecify.annotations.NullMarked;
