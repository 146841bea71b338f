/** Experiment files and their strict reader. */
@NullMarked
package dev.kelpie.config;

import org.jspecify.annotations.NullMarked;
