/** The passes of training: their script's calls, and the number format of their products. */
@NullMarked
package dev.kelpie.model.training;

import org.jspecify.annotations.NullMarked;
