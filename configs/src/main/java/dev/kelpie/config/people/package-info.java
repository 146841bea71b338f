/** Options of pairs that people label while a run goes on. */
@NullMarked
package dev.kelpie.config.people;

import org.jspecify.annotations.NullMarked;
