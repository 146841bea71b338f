/** Options of the machines that processes of a run are started on. */
@NullMarked
package dev.kelpie.config.hosts;

import org.jspecify.annotations.NullMarked;
