/** Training. */
@NullMarked
package dev.kelpie.learner;

import org.jspecify.annotations.NullMarked;
