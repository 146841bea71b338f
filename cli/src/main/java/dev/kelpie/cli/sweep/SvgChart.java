package dev.kelpie.cli.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A chart of curves as SVG: the mean by step, and around it a band of one standard deviation to
 * each side.
 *
 * @param curves by name
 */
record SvgChart(String title, Map<String, SortedMap<Long, Spread>> curves) {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 320;
  private static final int LEFT = 56;
  private static final int RIGHT = 14;
  private static final int TOP = 12;
  private static final int BOTTOM = 34;
  private static final int MOST_POINTS = 400;
  private static final int MOST_DOTS = 60;
  private static final int TICKS = 5;

  /** Classes of colours in the page's style, then of dashes. */
  static final int COLOURS = 8;

  private static final List<String> DASHES = List.of("", "7 4", "2 3");

  /** The chart; empty when no curve has a point. */
  String svg() {
    Frame frame = Frame.around(curves);
    if (frame == null) {
      return "";
    }
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
            WIDTH, HEIGHT, Html.text(title)));
    axes(frame, svg);
    int index = 0;
    for (Map.Entry<String, SortedMap<Long, Spread>> curve : curves.entrySet()) {
      curve(frame, curve.getKey(), thinned(curve.getValue()), index++, svg);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void axes(Frame frame, StringBuilder svg) {
    for (double tick : ticks(frame.low, frame.high)) {
      double y = frame.y(tick);
      svg.append(
          format(
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\""
                  + " y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
              LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, label(tick)));
    }
    for (double tick : ticks(frame.first, frame.last)) {
      if (tick == Math.rint(tick)) {
        svg.append(
            format(
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                frame.x(tick), HEIGHT - BOTTOM + 17, label(tick)));
      }
    }
    svg.append(
        format(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">step</text>%n",
            WIDTH - RIGHT, HEIGHT - 3));
  }

  private static void curve(
      Frame frame, String name, SortedMap<Long, Spread> points, int index, StringBuilder svg) {
    List<String> mean = new ArrayList<>();
    List<String> above = new ArrayList<>();
    List<String> below = new ArrayList<>();
    points.forEach(
        (step, spread) -> {
          double half = Double.isNaN(spread.deviation()) ? 0 : spread.deviation();
          mean.add(frame.point(step, spread.mean()));
          above.add(frame.point(step, spread.mean() + half));
          below.add(0, frame.point(step, spread.mean() - half));
        });
    above.addAll(below);
    String colour = "c" + index % COLOURS;
    svg.append(
        format("<polygon class=\"%s band\" points=\"%s\"/>%n", colour, String.join(" ", above)));
    svg.append(
        format(
            "<polyline class=\"%s\" stroke-dasharray=\"%s\" points=\"%s\"/>%n",
            colour, dash(index), String.join(" ", mean)));
    if (points.size() <= MOST_DOTS) {
      points.forEach(
          (step, spread) ->
              svg.append(
                  format(
                      "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s</title>"
                          + "</circle>%n",
                      colour,
                      frame.x(step),
                      frame.y(spread.mean()),
                      Html.text(name + ", step " + step + ": " + words(spread)))));
    }
  }

  /** The dashes of a curve, for the page's legend too. */
  static String dash(int index) {
    return DASHES.get(index / COLOURS % DASHES.size());
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

  /** Round numbers in a range. */
  private static List<Double> ticks(double low, double high) {
    double rough = (high - low) / TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step =
        power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
    List<Double> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  private static String label(double tick) {
    String text = String.format(Locale.ROOT, "%.4g", tick);
    return text.contains("e") ? text : text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }

  /** Steps and values that the chart shows. */
  private record Frame(double first, double last, double low, double high) {
    static @Nullable Frame around(Map<String, SortedMap<Long, Spread>> curves) {
      double first = Double.POSITIVE_INFINITY;
      double last = Double.NEGATIVE_INFINITY;
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      for (SortedMap<Long, Spread> curve : curves.values()) {
        for (Map.Entry<Long, Spread> point : curve.entrySet()) {
          Spread spread = point.getValue();
          double half = Double.isNaN(spread.deviation()) ? 0 : spread.deviation();
          first = Math.min(first, point.getKey());
          last = Math.max(last, point.getKey());
          low = Math.min(low, spread.mean() - half);
          high = Math.max(high, spread.mean() + half);
        }
      }
      if (first > last) {
        return null;
      }
      double room = high > low ? (high - low) * 0.05 : Math.max(1e-3, Math.abs(high) * 0.1);
      return new Frame(first, Math.max(last, first + 1), low - room, high + room);
    }

    double x(double step) {
      return LEFT + (step - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    }

    double y(double value) {
      return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);
    }

    String point(double step, double value) {
      return format("%.1f,%.1f", x(step), y(value));
    }
  }
}
