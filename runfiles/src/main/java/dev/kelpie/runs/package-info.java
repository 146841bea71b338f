/** What a run leaves on disk: each file of a run folder is written and read by one class. */
@NullMarked
package dev.kelpie.runs;

import org.jspecify.annotations.NullMarked;
