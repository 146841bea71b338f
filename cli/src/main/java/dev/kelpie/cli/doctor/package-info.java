/** The training doctor on the command line. */
@NullMarked
package dev.kelpie.cli.doctor;

import org.jspecify.annotations.NullMarked;
