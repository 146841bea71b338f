package dev.kelpie.rollout.rows;

import dev.kelpie.experience.MetadataColumns;
import java.util.Set;

/**
 * The columns of a row that are read. All others are skipped where they lie, whatever their size.
 *
 * @param used columns with a meaning, kept as JSON
 * @param metadata which of the other columns are kept as text
 */
public record RowColumns(Set<String> used, MetadataColumns metadata) {
  public RowColumns {
    used = Set.copyOf(used);
  }
}
