package dev.kelpie.cli.data;

import dev.kelpie.cli.terminal.Cells;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.cli.terminal.TextTable;
import dev.kelpie.runs.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A report for people. */
record DataText(DataReport report) {
  private static final int MOST_COLUMNS = 160;
  private static final int MOST_TOKENS = 40;

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    DataSurvey survey = report.survey();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %d rows, %s, %s",
            SafeText.line(String.valueOf(report.file().getFileName())),
            survey.rows(),
            Sizes.words(report.bytes()),
            DataCommand.isParquet(report.file()) ? "Parquet" : "JSON lines"));
    lines.add("");
    addColumns(lines);
    lines.add("");
    addForm(lines);
    addLengths("prompts", survey.promptLengths(), lines);
    addLengths("responses", survey.responseLengths(), lines);
    addDuplicates(lines);
    addHeldOut(lines);
    addFirst(lines);
    return lines;
  }

  private void addColumns(List<String> lines) {
    List<List<String>> rows = new ArrayList<>();
    report
        .survey()
        .columns()
        .all()
        .forEach(
            (name, kinds) ->
                rows.add(
                    List.of(
                        SafeText.line(name),
                        kinds.entrySet().stream()
                            .map(of -> of.getKey().words() + " " + of.getValue())
                            .collect(Collectors.joining(", ")))));
    report
        .sample()
        .unreadable()
        .forEach((name, problem) -> rows.add(List.of(SafeText.line(name), SafeText.line(problem))));
    new TextTable(List.of("column", "values by kind"), rows)
        .lines()
        .forEach(line -> lines.add(Cells.cut(line, MOST_COLUMNS)));
  }

  private void addForm(List<String> lines) {
    Optional<String> block = report.block();
    lines.add(
        "form: "
            + report
                .form()
                .map(FormDetection::name)
                .orElse(block.isPresent() ? "as given" : "none that is known"));
    if (block.isEmpty()) {
      lines.add("  -D data.prompt=COLUMN says which column has the prompt");
      return;
    }
    lines.add("");
    block.get().lines().forEach(lines::add);
    lines.add("");
    if (report.survey().refused() > 0) {
      long refused = report.survey().refused();
      lines.add(refused + (refused == 1 ? " row" : " rows") + " would be refused:");
      report.survey().problems().forEach(line -> lines.add("  " + SafeText.line(line)));
      lines.add("");
    }
  }

  private void addLengths(String what, Optional<Histogram> lengths, List<String> lines) {
    if (lengths.isEmpty()) {
      return;
    }
    Histogram of = lengths.get();
    int every = report.survey().every();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s in %s: median %d, 95 %% at most %d, 99 %% at most %d, longest %d%s",
            what,
            report.inTokens() ? "tokens" : "characters",
            of.median(),
            of.most95(),
            of.most99(),
            of.longest(),
            every == 1 ? "" : " (of one row in " + every + ")"));
    lines.addAll(of.lines());
    lines.add("");
  }

  private void addDuplicates(List<String> lines) {
    DataSurvey survey = report.survey();
    lines.add(
        String.format(
            Locale.ROOT,
            "duplicates: %d rows repeat an earlier one%s%s",
            survey.repeatedRows(),
            report.block().isPresent() ? ", " + survey.repeatedPrompts() + " rows its prompt" : "",
            shown(survey.repeated())));
  }

  private void addHeldOut(List<String> lines) {
    if (report.heldOut().isEmpty() || report.block().isEmpty()) {
      return;
    }
    DataSurvey survey = report.survey();
    HeldOutPrompts heldOut = report.heldOut().get();
    lines.add(
        String.format(
            Locale.ROOT,
            "against %s: %d of its %d prompts are in %d rows%s; case and white space aside, %d",
            SafeText.line(heldOut.name()),
            survey.heldOutFound(),
            heldOut.distinct(),
            survey.overlappingRows(),
            shown(survey.overlapping()),
            survey.heldOutFoundFolded()));
  }

  private static String shown(List<String> places) {
    return places.isEmpty() ? "" : " (" + SafeText.line(String.join(", ", places)) + ")";
  }

  private void addFirst(List<String> lines) {
    for (ShownRow row : report.first()) {
      lines.add("");
      lines.add(SafeText.line(row.place()));
      if (!row.problem().isEmpty()) {
        lines.add("  refused: " + SafeText.line(row.problem()));
      }
      for (int i = 0; i < row.texts().size(); i++) {
        String name = i == 0 ? "prompt" : "response " + i;
        lines.add(Cells.cut("  " + name + ": " + SafeText.line(row.texts().get(i)), MOST_COLUMNS));
        if (i < row.tokens().size()) {
          lines.add(Cells.cut("    " + tokens(row.tokens().get(i)), MOST_COLUMNS));
        }
      }
      row.answer()
          .ifPresent(
              answer -> lines.add(Cells.cut("  answer: " + SafeText.line(answer), MOST_COLUMNS)));
    }
  }

  private static String tokens(List<ShownRow.Token> tokens) {
    return tokens.size()
        + " tokens: "
        + tokens.stream()
            .limit(MOST_TOKENS)
            .map(token -> SafeText.line(token.text()))
            .collect(Collectors.joining("|"));
  }
}
