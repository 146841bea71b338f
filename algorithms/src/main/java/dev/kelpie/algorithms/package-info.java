/** Advantages, losses and KL estimators. */
@NullMarked
package dev.kelpie.algorithms;

import org.jspecify.annotations.NullMarked;
