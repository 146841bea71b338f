/** Immutable files: written atomically, identified by their SHA-256, referred to by tickets. */
@NullMarked
package dev.kelpie.wire.file;

import org.jspecify.annotations.NullMarked;
