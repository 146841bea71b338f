/** Benchmarks behind {@code kelpie bench}: decoding, steps and the wire. */
@NullMarked
package dev.kelpie.bench;

import org.jspecify.annotations.NullMarked;
