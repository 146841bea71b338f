/** What the page shows of the actors: their states, traffic and process figures. */
@NullMarked
package dev.kelpie.actors.telemetry;

import org.jspecify.annotations.NullMarked;
