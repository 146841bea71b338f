/** A reward outside Kelpie. */
@NullMarked
package dev.kelpie.example;

import org.jspecify.annotations.NullMarked;
