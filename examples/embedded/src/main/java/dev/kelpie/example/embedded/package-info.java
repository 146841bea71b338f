/** A program that trains. */
@NullMarked
package dev.kelpie.example.embedded;

import org.jspecify.annotations.NullMarked;
