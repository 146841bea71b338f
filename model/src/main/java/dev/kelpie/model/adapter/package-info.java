/** Low-rank adapters of a model (LoRA): their settings, modules and weights. */
@NullMarked
package dev.kelpie.model.adapter;

import org.jspecify.annotations.NullMarked;
