/** Options of reward models. */
@NullMarked
package dev.kelpie.config.score;

import org.jspecify.annotations.NullMarked;
