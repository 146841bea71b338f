/** Credit assignment: from rewards of groups, or from values, to per-token advantages. */
@NullMarked
package dev.kelpie.algorithms.advantage;

import org.jspecify.annotations.NullMarked;
