/** What a run leaves on disk: the classes that write and read the files of a run folder. */
@NullMarked
package dev.kelpie.runs;

import org.jspecify.annotations.NullMarked;
