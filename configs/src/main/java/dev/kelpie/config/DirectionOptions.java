package dev.kelpie.config;

import java.util.HashSet;
import java.util.List;

/** Preference directions that are drawn for each prompt, as further columns of the data set. */
public record DirectionOptions(
    @Doc("columns that are drawn, one for each component of the direction; empty: none")
        List<String> columns,
    @Doc("sphere: non-negative numbers whose squares add up to 1; simplex: that add up to 1")
        Surface on) {
  public static final DirectionOptions DEFAULTS = new DirectionOptions(List.of(), Surface.SPHERE);

  /** What directions are drawn from, all of it alike. */
  public enum Surface {
    SPHERE,
    SIMPLEX
  }

  public DirectionOptions {
    columns = List.copyOf(columns);
    Require.that(
        columns.size() != 1,
        "columns: %s (expected: none, or at least two components of a direction)",
        columns);
    Require.that(
        new HashSet<>(columns).size() == columns.size(),
        "columns: %s (expected: different names)",
        columns);
  }
}
