/** Labels that people give to the responses of a run: their file, what is asked, and agreement. */
@NullMarked
package dev.kelpie.runs.label;

import org.jspecify.annotations.NullMarked;
