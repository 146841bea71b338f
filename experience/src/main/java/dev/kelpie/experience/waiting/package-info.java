/** Who waits for whom in a live run, and the diagnosis of it: why is it stuck; JDK only. */
@NullMarked
package dev.kelpie.experience.waiting;

import org.jspecify.annotations.NullMarked;
