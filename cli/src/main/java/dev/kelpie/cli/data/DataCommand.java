package dev.kelpie.cli.data;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.rollout.rows.RowFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie data}: what a file of rows holds, and how an experiment reads it. */
@Command(
    name = "data",
    description = {
      "Examine a data file: columns, the form of its rows and the data block that reads them,"
          + " lengths,",
      "duplicates, and prompts that a held-out file has, too. JSON lines (.gz too) or Parquet."
    },
    footer = {
      "",
      "Example: kelpie data train.jsonl --against eval.jsonl --tokenizer SmolLM2-135M-Instruct",
      "Example: kelpie data rows.parquet -D data.answer=solution --json"
    })
public final class DataCommand implements Callable<Integer> {
  private static final int MOST_ROWS = 100;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "File of rows.")
  private Path file = Path.of("");

  @Option(
      names = "--against",
      paramLabel = "FILE",
      description = "Held-out file: count the prompts that both have.")
  private @Nullable Path against;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description = "Checkpoint folder: count tokens, render by its chat template.")
  private @Nullable Path tokenizer;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "2",
      description = "First rows to show (default: ${DEFAULT-VALUE}).")
  private int shown;

  @Option(
      names = "-D",
      paramLabel = "data.KEY=VALUE",
      description = "A key of the data block in place of what is recognised; repeatable.")
  private List<String> overrides = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (shown < 0 || shown > MOST_ROWS) {
      throw new ConfigException("--rows: " + shown + " (expected: 0 to " + MOST_ROWS + ")");
    }
    PrintWriter out = spec.commandLine().getOut();
    ReadProgress progress = json ? ReadProgress.NONE : ReadingLine.on(out);
    RowSample sample = RowSample.of("FILE", file);
    Optional<FormDetection> form = sample.form();
    Map<String, Object> settings = settings(form);
    Optional<DataOptions> data =
        settings.isEmpty() && form.isEmpty() ? Optional.empty() : Optional.of(options(settings));
    Optional<HeldOutPrompts> heldOut = heldOut(data, progress);
    Optional<RowEncoder> encoder =
        tokenizer == null || data.isEmpty()
            ? Optional.empty()
            : Optional.of(RowEncoder.open(tokenizer, data.get()));
    try {
      DataSurvey survey =
          new DataSurvey(file, sample, data, encoder, heldOut, DataSurvey.MOST_ENCODED)
              .read(sample, progress);
      DataReport report =
          new DataReport(
              file,
              Files.size(file),
              sample,
              form,
              data.isPresent() ? Optional.of(settings) : Optional.empty(),
              survey,
              encoder.isPresent(),
              heldOut,
              ShownRow.of(sample.rows().stream().limit(shown).toList(), data, encoder));
      if (json) {
        out.println(report.json().toPrettyString());
      } else {
        new DataText(report).lines().forEach(out::println);
      }
    } finally {
      encoder.ifPresent(RowEncoder::close);
    }
    out.flush();
    return 0;
  }

  private Optional<HeldOutPrompts> heldOut(Optional<DataOptions> data, ReadProgress progress) {
    if (against == null) {
      return Optional.empty();
    }
    RowSample sample = RowSample.of("--against", against);
    Optional<DataOptions> own = sample.form().map(form -> options(form.settings()));
    DataOptions reading =
        own.or(() -> data)
            .orElseThrow(
                () ->
                    new ConfigException(
                        "--against: "
                            + against
                            + ": rows of no form that is known (expected: rows with prompts)"));
    return Optional.of(HeldOutPrompts.read(against, sample, reading, progress));
  }

  /** The settings that are recognised under those that are given. */
  private Map<String, Object> settings(Optional<FormDetection> form) {
    Map<String, Object> settings =
        new LinkedHashMap<>(form.map(FormDetection::settings).orElse(Map.of()));
    Config given = ExperimentFiles.overrides(overrides);
    for (String key : given.root().keySet()) {
      if (!key.equals("data")) {
        throw new ConfigException("-D " + key + " (expected: a key of data, such as data.prompt)");
      }
    }
    if (given.hasPath("data")) {
      Map<String, Object> values = given.getConfig("data").root().unwrapped();
      Object recognised = settings.getOrDefault("form", DataForm.PROMPTS.label());
      if (!values.getOrDefault("form", recognised).equals(recognised)) {
        settings.keySet().retainAll(Set.of("prompt", "chat")); // the others are of that form
      }
      settings.putAll(values);
    }
    return settings;
  }

  /** How rows are read: no row is too long. */
  private static DataOptions options(Map<String, Object> settings) {
    Map<String, Object> values = new LinkedHashMap<>(settings);
    values.putIfAbsent("max-prompt-tokens", Integer.MAX_VALUE);
    String prompts = DataForm.PROMPTS.label();
    if (!values.getOrDefault("form", prompts).equals(prompts)) {
      values.putIfAbsent("max-length", Integer.MAX_VALUE);
    }
    return new ConfigBlock("data", ConfigFactory.parseMap(values, "").root())
        .bind(DataOptions.DEFAULTS);
  }

  /** Whether the file is Parquet. */
  static boolean isParquet(Path file) {
    return RowFile.formatOf(file) == RowFile.Format.PARQUET;
  }
}
