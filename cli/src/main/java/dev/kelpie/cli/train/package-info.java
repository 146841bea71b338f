/** Commands that train and evaluate, and what they share. */
@NullMarked
package dev.kelpie.cli.train;

import org.jspecify.annotations.NullMarked;
