/** Experiment files: includes, overrides, presets and stages, read strictly. */
@NullMarked
package dev.kelpie.config.file;

import org.jspecify.annotations.NullMarked;
