package dev.kelpie.cli.sweep;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Names cells after their settings: {@code preset=grpo,learning-rate=1e-4}. */
final class CellNames {
  private static final String ALONE = "base";
  private static final int MOST_CHARACTERS = 80;

  private final List<Unnamed> cells;
  private final Map<String, Set<String>> keysByLastPart = new LinkedHashMap<>();

  /**
   * A cell that may lack a name.
   *
   * @param name empty: to be made of the settings
   */
  record Unnamed(String name, Settings settings) {
    static final Unnamed EMPTY = new Unnamed("", new Settings(Map.of()));

    /** The cell with one more setting. */
    Unnamed with(String key, ConfigValue value) {
      Map<String, ConfigValue> more = new LinkedHashMap<>(settings.values());
      more.put(key, value);
      return new Unnamed(name, new Settings(more));
    }
  }

  CellNames(List<Unnamed> cells) {
    this.cells = List.copyOf(cells);
    for (Unnamed cell : cells) {
      for (String key : cell.settings().values().keySet()) {
        keysByLastPart.computeIfAbsent(lastPart(key), part -> new HashSet<>()).add(key);
      }
    }
  }

  /** The cells with their names; no two have the same. */
  List<Cell> cells() {
    Set<String> taken =
        cells.stream().map(Unnamed::name).collect(Collectors.toCollection(HashSet::new));
    List<Cell> named = new ArrayList<>();
    for (Unnamed cell : cells) {
      String name = cell.name();
      if (name.isEmpty()) {
        String made = made(cell.settings());
        name = made;
        for (int number = 2; !taken.add(name); number++) {
          name = made + "-" + number;
        }
      }
      named.add(new Cell(name, cell.settings().texts(), cell.settings().toConfig()));
    }
    return named;
  }

  private String made(Settings settings) {
    String all =
        settings.values().entrySet().stream()
            .map(entry -> shortKey(entry.getKey()) + "=" + word(entry.getValue()))
            .collect(Collectors.joining(","));
    String safe = all.replaceAll("[^A-Za-z0-9._+=,-]+", "-").replaceFirst("^[^A-Za-z0-9_]+", "");
    return safe.isEmpty() ? ALONE : safe.substring(0, Math.min(MOST_CHARACTERS, safe.length()));
  }

  /** The last part of a key, or all of it where two keys end alike. */
  private String shortKey(String key) {
    String last = lastPart(key);
    return keysByLastPart.getOrDefault(last, Set.of()).size() > 1 ? key : last;
  }

  private static String lastPart(String key) {
    List<String> parts = ConfigUtil.splitPath(key);
    return parts.get(parts.size() - 1);
  }

  /** The value in short: of a block its type, of a path its last name. */
  private static String word(ConfigValue value) {
    if (value instanceof ConfigObject block && block.get("type") != null) {
      return Settings.text(block.get("type"));
    }
    return Settings.text(value).replaceFirst("^.*/(?=[^/]+$)", "");
  }
}
