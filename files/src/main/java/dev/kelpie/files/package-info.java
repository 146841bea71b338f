/** Paths that users write, and files that somebody else may have made. */
@NullMarked
package dev.kelpie.files;

import org.jspecify.annotations.NullMarked;
