/** Commands that run a training run as several processes. */
@NullMarked
package dev.kelpie.cli.cluster;

import org.jspecify.annotations.NullMarked;
