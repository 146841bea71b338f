/** Folders of adapters in PEFT's format, and the weights of a model with its adapter merged in. */
@NullMarked
package dev.kelpie.model.merged;

import org.jspecify.annotations.NullMarked;
