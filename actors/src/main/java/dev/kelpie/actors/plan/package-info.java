/**
 * Decisions of a run as plain classes: what is issued next, to whom, and what is complete; no Akka,
 * no I/O.
 */
@NullMarked
package dev.kelpie.actors.plan;

import org.jspecify.annotations.NullMarked;
