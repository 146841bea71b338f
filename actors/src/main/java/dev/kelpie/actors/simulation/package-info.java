/** A run's coordinator in virtual time, with simulated processes around it. */
@NullMarked
package dev.kelpie.actors.simulation;

import org.jspecify.annotations.NullMarked;
