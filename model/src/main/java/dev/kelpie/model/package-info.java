/** Language models: checkpoints, tokenizers, training and generation in TorchScript. */
@NullMarked
package dev.kelpie.model;

import org.jspecify.annotations.NullMarked;
