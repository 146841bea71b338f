/** Native memory: the only two doors to it, and the TorchScript loader. */
@NullMarked
package dev.kelpie.tensors;

import org.jspecify.annotations.NullMarked;
