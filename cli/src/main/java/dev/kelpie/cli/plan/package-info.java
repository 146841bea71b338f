/** Predicts runs from measured ones. */
@NullMarked
package dev.kelpie.cli.plan;

import org.jspecify.annotations.NullMarked;
