/** Commands that show runs, checkpoints and data files. */
@NullMarked
package dev.kelpie.cli.inspect;

import org.jspecify.annotations.NullMarked;
