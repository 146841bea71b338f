package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.Terminal;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.CheckpointStore;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie inspect}: shows a run, a checkpoint or a file, and what is damaged in it. */
@Command(
    name = "inspect",
    description = {
      "Show what is in a run folder, a checkpoint, an Arrow or a safetensors file: sizes, hashes,",
      "tensors, columns, first rows. Of a model's JSON files, which keys are read, ignored,"
          + " unknown",
      "or refused: look here first at a model from somebody else. Hashes are computed again and"
          + " compared with those on record.",
      "Whatever is broken is one line on stderr, and the exit code is then 2."
    },
    footer = {
      "",
      "Example: kelpie inspect runs/RUN",
      "Example: kelpie inspect runs/RUN/rollouts/step-4.arrow --rows 2",
      "Example: kelpie inspect configs/quickstart/policy --json"
    })
public final class InspectCommand implements Callable<Integer> {
  private static final int PLAIN_COLUMNS = 160;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "PATH",
      description = "Run folder, checkpoint folder, .arrow or .safetensors file.")
  private Path target = Path.of("");

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rows of an Arrow file to show (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    if (rows < 0) {
      throw new ConfigException("--rows: " + rows + " (expected: at least 0)");
    }
    Inspection seen = inspect();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode facts = seen.facts();
      seen.problems().forEach(facts.putArray("problems")::add);
      out.println(facts.toPrettyString());
    } else {
      Terminal terminal = Terminal.here();
      int columns = terminal.interactive() ? terminal.columns() : PLAIN_COLUMNS;
      new FactText(columns).lines(seen.facts()).forEach(out::println);
    }
    out.flush();
    PrintWriter err = spec.commandLine().getErr();
    seen.problems().forEach(problem -> err.println("kelpie: " + problem));
    err.flush();
    return seen.problems().isEmpty() ? 0 : Failures.BAD_INPUT;
  }

  private Inspection inspect() {
    if (Files.isDirectory(target)) {
      return inspectFolder();
    }
    if (!Files.exists(target)) {
      throw new ConfigException(
          target
              + ": no such file or folder (expected: a run, a checkpoint, .arrow, .safetensors)");
    }
    String name = String.valueOf(target.getFileName());
    if (name.endsWith(".arrow")) {
      return FileInspection.arrow(target, rows);
    } else if (name.endsWith(".safetensors")) {
      return FileInspection.safetensors(target);
    }
    throw new ConfigException(target + ": unknown kind of file (expected: .arrow or .safetensors)");
  }

  private Inspection inspectFolder() {
    RunFolder run = new RunFolder(target);
    if (Files.exists(run.experimentFile()) || Files.isDirectory(run.events())) {
      return RunInspection.of(target);
    }
    UnpackNotice.tellOfTokenizers(spec.commandLine().getErr());
    if (Files.isDirectory(CheckpointStore.policy(target))) {
      return CheckpointInspection.ofRun(target);
    } else if (hasWeights()) {
      return CheckpointInspection.of(target);
    }
    throw new ConfigException(
        target
            + ": neither a run nor a checkpoint (expected: experiment.conf, or config.json with"
            + " *.safetensors in it)");
  }

  private boolean hasWeights() {
    return Files.exists(target.resolve("config.json"))
        || Files.exists(target.resolve("model.safetensors"))
        || Files.exists(target.resolve("model.safetensors.index.json"));
  }
}
