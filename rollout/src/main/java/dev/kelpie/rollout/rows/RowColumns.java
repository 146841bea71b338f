package dev.kelpie.rollout.rows;

import dev.kelpie.experience.MetadataColumns;
import java.util.HashSet;
import java.util.Set;

/**
 * The columns of a row that are read. All others are skipped where they lie, whatever their size.
 *
 * @param used columns with a meaning, kept as JSON; of a name with dots, such as {@code
 *     reward_model.ground_truth}, also the column before the first dot
 * @param metadata which of the other columns are kept as text
 */
public record RowColumns(Set<String> used, MetadataColumns metadata) {
  public RowColumns {
    Set<String> all = new HashSet<>(used);
    used.stream().filter(name -> name.indexOf('.') > 0).map(Row::head).forEach(all::add);
    used = Set.copyOf(all);
  }
}
