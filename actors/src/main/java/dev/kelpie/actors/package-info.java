/** The actors of a run and their pure cores. */
@NullMarked
package dev.kelpie.actors;

import org.jspecify.annotations.NullMarked;
