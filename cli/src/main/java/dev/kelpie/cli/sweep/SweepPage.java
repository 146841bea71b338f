package dev.kelpie.cli.sweep;

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
 * {@code sweep.html}: the result of a sweep for people, one file that needs neither network nor
 * script.
 */
final class SweepPage {
  static final String NAME = "sweep.html";

  private final SweepResult result;
  private final Path folder;
  private final StringBuilder html = new StringBuilder();

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
        .append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
        .append(name)
        .append("</title>\n<style>\n")
        .append(style())
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
    return html.toString();
  }

  private static String style() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(SweepPage.class.getResourceAsStream("sweep.css"), "sweep.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void chart(String title, Function<RunResult, SortedMap<Long, Double>> curve) {
    Map<String, SortedMap<Long, Spread>> curves = new LinkedHashMap<>();
    result.cells().forEach(cell -> curves.put(cell.cell().name(), cell.curve(curve)));
    String svg = new SvgChart(title, curves).svg();
    if (!svg.isEmpty()) {
      html.append("<figure>\n<figcaption>").append(Html.text(title)).append("</figcaption>\n");
      html.append(svg).append("</figure>\n");
    }
  }

  private void table() {
    List<String> titles = new ArrayList<>(List.of("", "cell"));
    titles.addAll(result.table().titles().subList(1, result.table().titles().size()));
    html.append("<table>\n<tr>");
    titles.forEach(title -> html.append("<th>").append(Html.text(title)).append("</th>"));
    html.append("</tr>\n");
    int index = 0;
    for (CellResult cell : result.cells()) {
      html.append("<tr><td>").append(key(index++)).append("</td>");
      SweepResult.cells(cell)
          .forEach(text -> html.append("<td>").append(Html.text(text)).append("</td>"));
      html.append("</tr>\n");
    }
    html.append("</table>\n");
    result
        .unequalSamples()
        .ifPresent(note -> html.append("<p>").append(Html.text(note)).append("</p>\n"));
  }

  /** The line of a curve, as the charts draw it. */
  private static String key(int index) {
    return "<svg class=\"key\" viewBox=\"0 0 24 8\"><polyline class=\"c"
        + index % SvgChart.COLOURS
        + "\" stroke-dasharray=\""
        + SvgChart.dash(index)
        + "\" points=\"0,4 24,4\"/></svg>";
  }

  private void runs() {
    html.append("<h2>Runs</h2>\n<table>\n<tr>");
    for (String title :
        List.of("cell", "seed", "status", "steps", "held-out", "value", "samples", "seconds")) {
      html.append("<th>").append(title).append("</th>");
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
    html.append("</table>\n");
  }
}
