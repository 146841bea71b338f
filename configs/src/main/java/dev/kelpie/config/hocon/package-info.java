/** A scan of HOCON text, before its parser sees it. */
@NullMarked
package dev.kelpie.config.hocon;

import org.jspecify.annotations.NullMarked;
