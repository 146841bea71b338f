/** Measurements. */
@NullMarked
package dev.kelpie.bench;

import org.jspecify.annotations.NullMarked;
