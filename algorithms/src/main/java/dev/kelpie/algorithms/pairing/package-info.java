/** Which responses of a group are kept, and which pairs are made of them. */
@NullMarked
package dev.kelpie.algorithms.pairing;

import org.jspecify.annotations.NullMarked;
