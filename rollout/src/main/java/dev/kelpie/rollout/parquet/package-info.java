/** Rows of Parquet files as text, by Apache's decoders and without Hadoop. */
@NullMarked
package dev.kelpie.rollout.parquet;

import org.jspecify.annotations.NullMarked;
