/** Losses and measures of reward models, which give a whole response one number. */
@NullMarked
package dev.kelpie.algorithms.score;

import org.jspecify.annotations.NullMarked;
