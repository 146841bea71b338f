package dev.kelpie.cli.doctor;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.doctor.Examination;
import dev.kelpie.runs.doctor.FindingJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie doctor}: what looks wrong in the metrics of a run. */
@Command(
    name = "doctor",
    description = {
      "Examine the metrics of a live or finished run: each finding with its evidence, what it"
          + " means",
      "and which keys to look at. Exit code: 0 without an alarm, 3 with one, 2 where there is no"
          + " run."
    },
    footer = {"", "Example: kelpie doctor runs/RUN", "Example: kelpie doctor runs/RUN --json"})
public final class DoctorCommand implements Callable<Integer> {
  /** The exit code when an alarm was found. */
  public static final int ALARMS = 3;

  private static final int FORMAT = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "RUN", description = "Run folder.")
  private Path run = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    RunFolder folder = new RunFolder(run);
    if (!Files.isDirectory(run)) {
      throw new ConfigException(run + ": no such folder (expected: a run folder)");
    }
    if (!Files.exists(folder.metricsFile())) {
      throw new ConfigException(
          run + ": no metrics.jsonl (expected: a run that has finished a step)");
    }
    List<String> damaged = new ArrayList<>();
    Examination examination = Examination.of(folder, damaged::add);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(folder, examination, damaged).toPrettyString());
    } else {
      FindingText.lines(folder, examination).forEach(out::println);
      if (!damaged.isEmpty()) {
        int more = damaged.size() - 1;
        out.println(
            "  " + SafeText.line(damaged.get(0)) + (more == 0 ? "" : ", and " + more + " more"));
      }
    }
    out.flush();
    return examination.alarms().isEmpty() ? 0 : ALARMS;
  }

  private static ObjectNode json(RunFolder folder, Examination examination, List<String> damaged) {
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("format", FORMAT);
    root.put("run", folder.root().toString());
    root.setAll(FindingJson.of(examination, new SampleFiles(folder.rollouts())));
    damaged.forEach(root.putArray("damaged")::add);
    return root;
  }
}
