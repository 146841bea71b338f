/** Blocks of an experiment whose names the experiment chooses: members, models, variants. */
@NullMarked
package dev.kelpie.config.named;

import org.jspecify.annotations.NullMarked;
