/** Architectures: what a {@code config.json} means and which parameters its checkpoint has. */
@NullMarked
package dev.kelpie.model.architecture;

import org.jspecify.annotations.NullMarked;
