/**
 * The blocking work of the workers and the learner: generate, score, train, exchange files; no
 * Akka.
 */
@NullMarked
package dev.kelpie.actors.work;

import org.jspecify.annotations.NullMarked;
