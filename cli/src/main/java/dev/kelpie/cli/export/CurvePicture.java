package dev.kelpie.cli.export;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The curves of a run as an SVG picture that needs nothing else. */
final class CurvePicture {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 260;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 46;
  private static final int BOTTOM = 34;
  private static final int TICKS = 4;
  private static final int MOST_POINTS = 600;
  private static final List<String> COLOURS = List.of("#7a8fb5", "#c2410c");

  private CurvePicture() {}

  /**
   * The mean reward of each step and of the evaluations in one chart; a run without rewards has its
   * loss, and each of its held-out numbers that varies, up to three. Empty without a curve.
   */
  static Optional<String> of(RunNumbers numbers) {
    List<Map<String, SortedMap<Long, Double>>> charts = new ArrayList<>();
    Map<String, SortedMap<Long, Double>> rewards = new LinkedHashMap<>();
    for (String name : List.of(RunNumbers.REWARD, RunNumbers.HELD_OUT_REWARD)) {
      if (isCurve(numbers.of(name))) {
        rewards.put(name, numbers.of(name));
      }
    }
    if (!rewards.isEmpty()) {
      charts.add(rewards);
    } else {
      int most = 3;
      if (isCurve(numbers.of(RunNumbers.LOSS))) {
        charts.add(Map.of(RunNumbers.LOSS, numbers.of(RunNumbers.LOSS)));
      }
      numbers.heldOut().stream()
          .filter(name -> isCurve(numbers.of(name)))
          .filter(name -> numbers.of(name).values().stream().distinct().count() > 1)
          .limit(most)
          .forEach(name -> charts.add(Map.of(name, numbers.of(name))));
    }
    return charts.isEmpty() ? Optional.empty() : Optional.of(svg(charts));
  }

  private static boolean isCurve(SortedMap<Long, Double> points) {
    return points.size() > 1;
  }

  private static String svg(List<Map<String, SortedMap<Long, Double>>> charts) {
    int height = HEIGHT * charts.size();
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>%n",
            WIDTH,
            height,
            WIDTH,
            height));
    for (int i = 0; i < charts.size(); i++) {
      svg.append("<g transform=\"translate(0 ").append(i * HEIGHT).append(")\">\n");
      draw(charts.get(i), svg);
      svg.append("</g>\n");
    }
    return svg.append("</svg>\n").toString();
  }

  private static void draw(Map<String, SortedMap<Long, Double>> lines, StringBuilder svg) {
    double low = values(lines).stream().mapToDouble(v -> v).min().orElse(0);
    double high = values(lines).stream().mapToDouble(v -> v).max().orElse(1);
    double room = high > low ? (high - low) * 0.05 : Math.max(Math.abs(high) * 0.05, 0.5);
    Scale y = new Scale(low - room, high + room, HEIGHT - BOTTOM, TOP);
    long first = lines.values().stream().mapToLong(p -> p.firstKey()).min().orElse(0);
    long last = lines.values().stream().mapToLong(p -> p.lastKey()).max().orElse(1);
    Scale x = new Scale(first, Math.max(last, first + 1), LEFT, WIDTH - RIGHT);
    for (int i = 0; i <= TICKS; i++) {
      double value = y.from + (y.to - y.from) * i / TICKS;
      line(svg, LEFT, y.at(value), WIDTH - RIGHT, y.at(value));
      text(svg, LEFT - 6, y.at(value) + 4, "end", number(value), "#555555");
    }
    text(svg, LEFT, HEIGHT - BOTTOM + 18, "start", String.valueOf(first), "#555555");
    text(svg, WIDTH - RIGHT, HEIGHT - BOTTOM + 18, "end", "step " + last, "#555555");
    int index = 0;
    for (Map.Entry<String, SortedMap<Long, Double>> line : lines.entrySet()) {
      String colour = COLOURS.get(Math.min(index, COLOURS.size() - 1));
      text(svg, LEFT + 220 * index, TOP - 18, "start", line.getKey(), colour);
      svg.append("<polyline fill=\"none\" stroke-width=\"1.8\" stroke=\"").append(colour);
      svg.append("\" points=\"");
      thinned(line.getValue())
          .forEach(
              (step, value) ->
                  svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x.at(step), y.at(value))));
      svg.append("\"/>\n");
      index++;
    }
  }

  private static List<Double> values(Map<String, SortedMap<Long, Double>> lines) {
    return lines.values().stream().flatMap(points -> points.values().stream()).toList();
  }

  private static SortedMap<Long, Double> thinned(SortedMap<Long, Double> points) {
    int every = (points.size() + MOST_POINTS - 1) / MOST_POINTS;
    SortedMap<Long, Double> kept = new TreeMap<>();
    int index = 0;
    for (Map.Entry<Long, Double> point : points.entrySet()) {
      if (index++ % every == 0 || point.getKey().equals(points.lastKey())) {
        kept.put(point.getKey(), point.getValue());
      }
    }
    return kept;
  }

  private static void line(StringBuilder svg, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>%n",
            x1,
            y1,
            x2,
            y2));
  }

  private static void text(
      StringBuilder svg, double x, double y, String anchor, String text, String colour) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            colour,
            text.replace("&", "&amp;").replace("<", "&lt;")));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 1000 ? "%.3g" : "%.4g", value);
  }

  /** A linear map from values to coordinates. */
  private record Scale(double from, double to, double start, double end) {
    double at(double value) {
      return start + (value - from) / (to - from) * (end - start);
    }
  }
}
