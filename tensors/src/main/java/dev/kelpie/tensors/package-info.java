/** Native memory: its two scopes, native threads and the TorchScript loader. */
@NullMarked
package dev.kelpie.tensors;

import org.jspecify.annotations.NullMarked;
