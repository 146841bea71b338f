/** Runs cases whose numbers other frameworks computed against the catalogs. */
@NullMarked
package dev.kelpie.algorithms.conformance;

import org.jspecify.annotations.NullMarked;
