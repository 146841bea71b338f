/** The union of the catalogs of losses. */
@NullMarked
package dev.kelpie.algorithms.catalog;

import org.jspecify.annotations.NullMarked;
