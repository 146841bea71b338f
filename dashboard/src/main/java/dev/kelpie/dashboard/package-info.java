/** The live page of a run: what can be seen of it, and what can be asked of it, in a browser. */
@NullMarked
package dev.kelpie.dashboard;

import org.jspecify.annotations.NullMarked;
