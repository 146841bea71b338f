package dev.kelpie.experience;

import java.util.Set;
import java.util.TreeSet;

/**
 * The columns of a data set that are kept as a prompt's metadata.
 *
 * @param all every column
 * @param names the columns, unless it is every one
 */
public record MetadataColumns(boolean all, Set<String> names) {
  public static final MetadataColumns ALL = new MetadataColumns(true, Set.of());
  public static final MetadataColumns NONE = new MetadataColumns(false, Set.of());

  public MetadataColumns {
    names = all ? Set.of() : Set.copyOf(names);
  }

  /** Just these columns. */
  public static MetadataColumns of(String... names) {
    return new MetadataColumns(false, Set.of(names));
  }

  /** Whether the column called {@code name} is kept. */
  public boolean includes(String name) {
    return all || names.contains(name);
  }

  /** The columns that this one or {@code other} keeps. */
  public MetadataColumns and(MetadataColumns other) {
    Set<String> both = new TreeSet<>(names);
    both.addAll(other.names);
    return new MetadataColumns(all || other.all, both);
  }
}
