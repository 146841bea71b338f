package dev.kelpie.cli.sweep;

import dev.kelpie.dashboard.ChartLibrary;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * {@code sweep.html}: the result of a sweep for people, one file that needs no network. Its charts
 * are drawn by the library that the file contains; tables and values need no script.
 */
final class SweepPage {
  static final String NAME = "sweep.html";

  /** Nothing is loaded from anywhere. */
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

  /** Classes of colours in the page's style. */
  private static final int COLOURS = 8;

  private static final List<String> DASHES = List.of("solid", "dashed", "dotted");

  private final SweepResult result;
  private final Path folder;
  private final StringBuilder html = new StringBuilder();
  private final List<SweepCurves> charts = new ArrayList<>();

  private SweepPage(SweepResult result) {
    this.result = result;
    this.folder = result.plan().folder();
  }

  static void write(SweepResult result) throws IOException {
    AtomicFile.write(result.plan().folder().resolve(NAME), new SweepPage(result).text());
  }

  private String text() throws IOException {
    String name = Html.text(String.valueOf(folder.getFileName()));
    String metric = result.plan().sweep().options().metric();
    html.append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n")
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .append(POLICY)
        .append("\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
        .append(name)
        .append("</title>\n<style>\n")
        .append(resource("sweep.css"))
        .append("</style>\n<h1>")
        .append(name)
        .append("</h1>\n<p>")
        .append(Html.text(result.title()))
        .append(". A band is one standard deviation over the seeds to each side.</p>\n");
    chart(metric, RunResult::curve);
    if (!metric.equals(RunResult.REWARD)) {
      chart(RunResult.REWARD, RunResult::rewards);
    }
    table();
    runs();
    scripts();
    return html.toString();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(SweepPage.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void chart(String title, Function<RunResult, SortedMap<Long, Double>> curve) {
    Map<String, SortedMap<Long, Spread>> curves = new LinkedHashMap<>();
    result.cells().forEach(cell -> curves.put(cell.cell().name(), cell.curve(curve)));
    SweepCurves chart = new SweepCurves(title, curves);
    if (chart.isEmpty()) {
      return;
    }
    String words = Html.text(title);
    html.append("<figure>\n<figcaption>").append(words).append("</figcaption>\n");
    html.append("<div class=\"canvas\" role=\"img\" aria-label=\"").append(words);
    html.append(": mean by step of each cell; the values are below\" data-chart=\"");
    html.append(charts.size()).append("\"></div>\n");
    chart.values(html);
    html.append("</figure>\n");
    charts.add(chart);
  }

  /** The curves as data, the library, and what draws the one by the other. */
  private void scripts() throws IOException {
    if (charts.isEmpty()) {
      return;
    }
    html.append("<script type=\"application/json\" id=\"curves\">");
    html.append(SweepCurves.json(charts)).append("</script>\n<script>");
    html.append(ChartLibrary.script()).append("</script>\n<script>\n");
    html.append(resource("sweep.js")).append("</script>\n");
  }

  private void table() {
    List<String> titles = new ArrayList<>(List.of("", "cell"));
    titles.addAll(result.table().titles().subList(1, result.table().titles().size()));
    html.append("<div class=\"scroll\">\n<table>\n<tr>");
    titles.forEach(
        title -> html.append("<th scope=\"col\">").append(Html.text(title)).append("</th>"));
    html.append("</tr>\n");
    int index = 0;
    for (CellResult cell : result.cells()) {
      html.append("<tr><td>").append(key(index++)).append("</td>");
      SweepResult.cells(cell)
          .forEach(text -> html.append("<td>").append(Html.text(text)).append("</td>"));
      html.append("</tr>\n");
    }
    html.append("</table>\n</div>\n");
    result
        .unequalSamples()
        .ifPresent(note -> html.append("<p>").append(Html.text(note)).append("</p>\n"));
  }

  /** The line of a curve, as the charts draw it. */
  private static String key(int index) {
    return "<span class=\"key c"
        + index % COLOURS
        + "\" style=\"border-top-style: "
        + DASHES.get(index / COLOURS % DASHES.size())
        + "\"></span>";
  }

  private void runs() {
    html.append("<h2>Runs</h2>\n<div class=\"scroll\">\n<table>\n<tr>");
    for (String title :
        List.of("cell", "seed", "status", "steps", "held-out", "value", "samples", "seconds")) {
      html.append("<th scope=\"col\">").append(title).append("</th>");
    }
    html.append("</tr>\n");
    for (RunResult run : result.runs()) {
      String link = run.run().cell().name() + "/seed-" + run.run().seed() + "/";
      html.append(run.isFinished() ? "<tr>" : "<tr class=\"open\">");
      html.append("<td><a href=\"").append(Html.text(link)).append("\">");
      html.append(Html.text(run.run().cell().name())).append("</a></td>");
      for (String text : SweepResult.cells(run)) {
        html.append("<td>").append(Html.text(text)).append("</td>");
      }
      html.append("</tr>\n");
      run.error()
          .ifPresent(
              error ->
                  html.append("<tr class=\"open\"><td></td><td colspan=\"7\">")
                      .append(Html.text(error))
                      .append("</td></tr>\n"));
    }
    html.append("</table>\n</div>\n");
  }
}
