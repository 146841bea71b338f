/**
 * Rows of data files of any size: read once from start to end, then by index. What is held in the
 * heap does not grow with the file.
 */
@NullMarked
package dev.kelpie.rollout.rows;

import org.jspecify.annotations.NullMarked;
