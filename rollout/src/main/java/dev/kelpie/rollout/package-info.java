/** Generation. */
@NullMarked
package dev.kelpie.rollout;

import org.jspecify.annotations.NullMarked;
