/** The responses of a training step as rows of tensors and numbers. */
@NullMarked
package dev.kelpie.learner.rows;

import org.jspecify.annotations.NullMarked;
