package dev.kelpie.cli.inspect;

import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.cli.terminal.TextTable;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.label.Agreement;
import dev.kelpie.runs.label.LabelBook;
import dev.kelpie.runs.label.LabelExport;
import dev.kelpie.runs.label.LabelResults;
import dev.kelpie.runs.label.LabelsFile;
import dev.kelpie.wire.file.WrittenFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie labels}: what people have answered about a run, and its export. */
@Command(
    name = "labels",
    description = {
      "Show what people have answered about a run on its page's Label view: answers of each"
          + " person,",
      "agreement of two, and agreement with the run's own rewards and labels."
    },
    footer = {
      "",
      "Example: kelpie labels runs/RUN",
      "Example: kelpie labels runs/RUN --export preferences.jsonl"
    })
public final class LabelsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "RUN", description = "Run folder.")
  private Path run = Path.of("");

  @Option(
      names = "--export",
      paramLabel = "FILE",
      description =
          "Write the decided pairs as JSON lines with prompt, chosen and rejected, as data.form ="
              + " pairs and TRL read them.")
  private @Nullable Path export;

  @Override
  public Integer call() {
    SamplesCommand.requireFolder(run);
    RunFolder folder = new RunFolder(run);
    if (!Files.exists(LabelsFile.file(folder))) {
      throw new ConfigException(
          run + ": no labels.jsonl (expected: a run with answers of its page's Label view)");
    }
    LabelBook book;
    try {
      book = LabelsFile.readWhole(folder);
    } catch (IOException e) {
      throw new ConfigException(LabelsFile.file(folder) + ": " + reason(e));
    }
    PrintWriter out = spec.commandLine().getOut();
    print(out, book);
    if (export != null) {
      export(out, book, export);
    }
    out.flush();
    return 0;
  }

  private static String reason(IOException failure) {
    return failure instanceof FileSystemException known && known.getReason() != null
        ? known.getReason()
        : String.valueOf(failure.getMessage());
  }

  private void print(PrintWriter out, LabelBook book) {
    LabelResults results = LabelResults.of(book);
    out.printf(
        Locale.ROOT,
        "%s: %d answers, %d taken back; %d items have one%n",
        SafeText.line(run.toString()),
        book.written(),
        book.takenBack(),
        book.items().size());
    book.notes("labels.jsonl").forEach(note -> out.println(SafeText.line(note)));
    if (!results.people().isEmpty()) {
      out.println();
      people(results).lines().forEach(out::println);
    }
    if (!results.between().isEmpty()) {
      out.println();
      between(results).lines().forEach(out::println);
    }
    results
        .withRun()
        .forEach(
            (rater, agreement) ->
                out.printf(
                    Locale.ROOT, "%nall people and the run's %s: %s%n", rater, words(agreement)));
    if (!Double.isNaN(results.correlation())) {
      out.printf(
          Locale.ROOT, "%ncorrelation of ratings with rewards: %.3f%n", results.correlation());
    }
  }

  private static TextTable people(LabelResults results) {
    return new TextTable(
        List.of("name", "answers", "ties", "skips", "left", "seconds", "reward", "label"),
        results.people().stream()
            .map(
                one ->
                    List.of(
                        SafeText.line(one.name()),
                        String.valueOf(one.answers()),
                        String.valueOf(one.ties()),
                        String.valueOf(one.skips()),
                        number(one.left()),
                        String.format(Locale.ROOT, "%.1f", one.medianMillis() / 1000.0),
                        share(one.withRun(), "reward"),
                        share(one.withRun(), "label")))
            .toList());
  }

  private static String share(Map<String, Agreement> agreements, String rater) {
    Agreement found = agreements.get(rater);
    return found == null ? "-" : number(found.share());
  }

  private static TextTable between(LabelResults results) {
    return new TextTable(
        List.of("one", "other", "about", "in common", "same", "kappa"),
        results.between().stream()
            .map(
                two ->
                    List.of(
                        SafeText.line(two.one()),
                        SafeText.line(two.other()),
                        two.pairs() ? "pairs" : "responses",
                        String.valueOf(two.agreement().items()),
                        number(two.agreement().share()),
                        number(two.agreement().kappa())))
            .toList());
  }

  private static String words(Agreement agreement) {
    return "the same in "
        + number(agreement.share())
        + " of "
        + agreement.items()
        + ", kappa "
        + number(agreement.kappa());
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static void export(PrintWriter out, LabelBook book, Path target) {
    LabelExport pairs = LabelExport.of(book);
    if (pairs.rows().isEmpty()) {
      throw new ConfigException(
          "--export: no pair is decided (expected: a pair of which more people prefer one response"
              + " than the other)");
    }
    WrittenFile written;
    try {
      written = pairs.write(target);
    } catch (IOException e) {
      throw new ConfigException("--export: " + target + " cannot be written: " + reason(e));
    }
    out.printf(
        Locale.ROOT,
        "%n%s: %d pairs, sha256 %s%nleft out: %d undecided, %d skipped pairs; %d ratings%n",
        SafeText.line(target.toString()),
        pairs.rows().size(),
        written.sha256(),
        pairs.undecided(),
        pairs.skipped(),
        pairs.ratings());
  }
}
