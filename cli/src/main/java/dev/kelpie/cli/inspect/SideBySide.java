package dev.kelpie.cli.inspect;

import dev.kelpie.cli.terminal.Cells;
import java.util.ArrayList;
import java.util.List;

/** Blocks of text in columns beside each other, or below each other where there is no room. */
public final class SideBySide {
  static final int NARROWEST = 26;
  private static final String GAP = "   ";

  private SideBySide() {}

  /** One column: lines above a text that is wrapped to the column's width. */
  public record Block(List<String> head, String text) {
    public Block {
      head = List.copyOf(head);
    }

    private List<String> lines(int columns, int headLines) {
      List<String> lines = new ArrayList<>();
      head.forEach(line -> lines.addAll(Cells.wrapped(line, columns)));
      while (lines.size() < headLines) {
        lines.add("");
      }
      lines.add("-".repeat(columns));
      lines.addAll(Cells.wrapped(text, columns));
      return lines;
    }

    private int headLines(int columns) {
      return head.stream().mapToInt(line -> Cells.wrapped(line, columns).size()).sum();
    }
  }

  /** The lines of all blocks, at most {@code columns} wide. */
  public static List<String> lines(List<Block> blocks, int columns) {
    int most = Math.max(1, (columns + GAP.length()) / (NARROWEST + GAP.length()));
    int beside = Math.min(most, blocks.size());
    List<String> lines = new ArrayList<>();
    for (int first = 0; first < blocks.size(); first += beside) {
      int last = Math.min(blocks.size(), first + beside);
      int each = (columns - GAP.length() * (beside - 1)) / beside;
      addRow(blocks.subList(first, last), each, lines);
      lines.add("");
    }
    return lines;
  }

  /** The lines of all blocks one after the other. */
  public static List<String> below(List<Block> blocks) {
    List<String> lines = new ArrayList<>();
    for (Block block : blocks) {
      lines.add(String.join("  ", block.head()));
      block.text().lines().forEach(line -> lines.add("  " + line));
      lines.add("");
    }
    return lines;
  }

  private static void addRow(List<Block> blocks, int each, List<String> lines) {
    int headLines = blocks.stream().mapToInt(block -> block.headLines(each)).max().orElse(0);
    List<List<String>> cells = blocks.stream().map(block -> block.lines(each, headLines)).toList();
    int height = cells.stream().mapToInt(List::size).max().orElse(0);
    for (int row = 0; row < height; row++) {
      List<String> line = new ArrayList<>();
      for (List<String> cell : cells) {
        line.add(Cells.padded(row < cell.size() ? cell.get(row) : "", each));
      }
      lines.add(String.join(GAP, line).stripTrailing());
    }
  }
}
