package dev.kelpie.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A plain-text table; columns are as wide as their widest cell, numbers are right-aligned. */
public record TextTable(List<String> titles, List<List<String>> rows) {
  private static final String GAP = "  ";

  /** A number with its unit, {@code 3/80}, {@code 0.3 -> 0.9}, or nothing. */
  private static final Pattern NUMERIC =
      Pattern.compile("|-|[-+]?\\d[\\d.,/?]*( [KMGT]?i?B)?|(-|[-+\\d.]+) -> [-+\\d.]+");

  public TextTable {
    titles = List.copyOf(titles);
    rows = List.copyOf(rows);
  }

  /** Formats the table, titles first. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(line(titles));
    rows.forEach(row -> lines.add(line(row)));
    return lines;
  }

  private String line(List<String> cells) {
    List<String> padded = new ArrayList<>();
    for (int column = 0; column < cells.size(); column++) {
      int width = width(column);
      String cell = cells.get(column);
      String space = " ".repeat(width - Cells.width(cell));
      padded.add(isNumeric(column) ? space + cell : cell + space);
    }
    return String.join(GAP, padded).stripTrailing();
  }

  private int width(int column) {
    int width = Cells.width(titles.get(column));
    for (List<String> row : rows) {
      width = Math.max(width, Cells.width(row.get(column)));
    }
    return width;
  }

  private boolean isNumeric(int column) {
    return rows.stream().allMatch(row -> NUMERIC.matcher(row.get(column)).matches());
  }
}
