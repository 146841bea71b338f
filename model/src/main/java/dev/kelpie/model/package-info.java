/** Language models: parameters and TorchScript. */
@NullMarked
package dev.kelpie.model;

import org.jspecify.annotations.NullMarked;
