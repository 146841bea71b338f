/** Configurations of models: readers of {@code config.json}, and the parameters of a checkpoint. */
@NullMarked
package dev.kelpie.model.architecture;

import org.jspecify.annotations.NullMarked;
