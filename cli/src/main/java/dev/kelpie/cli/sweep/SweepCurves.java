package dev.kelpie.cli.sweep;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Curves of one number, the mean over the seeds by step with its spread: as data of a chart and as
 * a table.
 *
 * @param curves by name, thinned to a number of points that can be drawn
 */
record SweepCurves(String title, Map<String, SortedMap<Long, Spread>> curves) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MOST_POINTS = 400;

  SweepCurves {
    Map<String, SortedMap<Long, Spread>> thinned = new LinkedHashMap<>();
    curves.forEach((name, points) -> thinned.put(name, thinned(points)));
    curves = Collections.unmodifiableMap(thinned);
  }

  private static SortedMap<Long, Spread> thinned(SortedMap<Long, Spread> points) {
    int every = (points.size() + MOST_POINTS - 1) / MOST_POINTS;
    SortedMap<Long, Spread> kept = new TreeMap<>();
    int index = 0;
    for (Map.Entry<Long, Spread> point : points.entrySet()) {
      if (index++ % every == 0 || point.getKey().equals(points.lastKey())) {
        kept.put(point.getKey(), point.getValue());
      }
    }
    return kept;
  }

  /** Whether no curve has a point. */
  boolean isEmpty() {
    return curves.values().stream().allMatch(points -> points.isEmpty());
  }

  /**
   * The curves of all charts as JSON that can stand within a {@code script} element; a point is
   * step, mean, deviation or null, number of seeds.
   */
  static String json(List<SweepCurves> charts) {
    ArrayNode all = JSON.createArrayNode();
    for (SweepCurves chart : charts) {
      ObjectNode node = all.addObject().put("title", chart.title);
      ArrayNode lines = node.putArray("lines");
      chart.curves.forEach(
          (name, points) -> {
            ArrayNode of = lines.addObject().put("name", name).putArray("points");
            points.forEach((step, spread) -> add(of.addArray(), step, spread));
          });
    }
    return all.toString().replace("<", "\\u003c");
  }

  private static void add(ArrayNode point, long step, Spread spread) {
    point.add(step).add(spread.mean());
    if (Double.isNaN(spread.deviation())) {
      point.addNull();
    } else {
      point.add(spread.deviation());
    }
    point.add(spread.count());
  }

  /** Appends a table with a row for each step and a column for each curve. */
  void values(StringBuilder html) {
    html.append("<details>\n<summary>Values</summary>\n<div class=\"values\">\n<table>\n<tr>");
    html.append("<th scope=\"col\">step</th>");
    curves
        .keySet()
        .forEach(name -> html.append("<th scope=\"col\">").append(Html.text(name)).append("</th>"));
    html.append("</tr>\n");
    TreeSet<Long> steps = new TreeSet<>();
    curves.values().forEach(points -> steps.addAll(points.keySet()));
    for (long step : steps) {
      html.append("<tr><th scope=\"row\">").append(step).append("</th>");
      for (SortedMap<Long, Spread> points : curves.values()) {
        Spread spread = points.get(step);
        html.append("<td>").append(spread == null ? "" : words(spread)).append("</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</table>\n</div>\n</details>\n");
  }

  private static String words(Spread spread) {
    return SweepResult.number(spread.mean())
        + (spread.count() > 1
            ? " \u00b1 "
                + SweepResult.number(spread.deviation())
                + " over "
                + spread.count()
                + " seeds"
            : "");
  }
}
