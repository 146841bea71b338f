package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.cli.sweep.SweepFolder;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.cli.terminal.TextTable;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.KebabCase;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.FileTree;
import dev.kelpie.runs.OpenJournals;
import dev.kelpie.runs.RunRecord;
import dev.kelpie.runs.Sizes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie runs}: a table of run folders. */
@Command(
    name = "runs",
    description = {
      "List run folders: status, steps, reward, held-out reward before and after, time and size.",
      "Status: running, finished, stopped, failed, killed (ended without a word) or broken."
    },
    footer = {"", "Example: kelpie runs", "Example: kelpie runs old-runs --sort held-out --json"})
public final class RunsCommand implements Callable<Integer> {
  private static final int FORMAT = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = "runs",
      description = "Folder of run folders (default: ${DEFAULT-VALUE}).")
  private Path directory = Path.of("");

  @Option(
      names = "--sort",
      paramLabel = "COLUMN",
      defaultValue = "started",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, the newest first).")
  private Order order = Order.STARTED;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  /** What to sort by; numbers with the largest first. */
  enum Order {
    STARTED,
    NAME,
    STATUS,
    STEPS,
    REWARD,
    HELD_OUT,
    SECONDS,
    SIZE;

    @Override
    public String toString() {
      return KebabCase.of(this); // what picocli shows, and takes
    }

    private Comparator<RunRecord> comparator() {
      return switch (this) {
        case STARTED ->
            Comparator.comparing((RunRecord run) -> run.started().orElse(Instant.MIN)).reversed();
        case NAME -> Comparator.comparing((RunRecord run) -> run.folder().root());
        case STATUS -> Comparator.comparing(RunRecord::status);
        case STEPS -> Comparator.comparingLong(RunRecord::done).reversed();
        case REWARD -> largestFirst(RunRecord::reward);
        case HELD_OUT -> largestFirst(RunRecord::after);
        case SECONDS -> largestFirst(RunRecord::seconds);
        case SIZE -> Comparator.comparingLong(RunRecord::bytes).reversed();
      };
    }

    private static Comparator<RunRecord> largestFirst(ToDoubleFunction<RunRecord> number) {
      return Comparator.comparingDouble(
          run -> {
            double value = number.applyAsDouble(run);
            return Double.isNaN(value) ? Double.POSITIVE_INFINITY : -value;
          });
    }
  }

  @Override
  public Integer call() {
    OpenJournals open = OpenJournals.now();
    List<Path> notFollowed = new ArrayList<>();
    List<RunRecord> runs =
        folders(notFollowed).stream()
            .map(folder -> RunRecord.read(new RunFolder(folder), open))
            .sorted(order.comparator().thenComparing(this::name))
            .toList();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(runs, notFollowed).toPrettyString());
    } else if (runs.isEmpty()) {
      out.println("no runs in " + directory);
    } else {
      table(runs).lines().forEach(out::println);
    }
    if (!json) {
      notFollowed.forEach(
          link ->
              out.println(
                  SafeText.line(link.toString())
                      + ": a link that leads out of "
                      + directory
                      + ", not followed (kelpie runs "
                      + SafeText.line(link.toString())
                      + "/ shows its target)"));
    }
    out.flush();
    return 0;
  }

  /** Folders of runs; links that lead out of the folder of runs are put into another list. */
  private List<Path> folders(List<Path> notFollowed) {
    if (!Files.isDirectory(directory)) {
      throw new ConfigException(
          directory + ": no such folder (expected: a folder of run folders, such as runs)");
    }
    if (Files.isRegularFile(new RunFolder(directory).experimentFile())) {
      return List.of(directory);
    }
    try {
      if (SweepFolder.is(directory)) {
        return SweepFolder.runs(directory);
      }
      List<Path> found = new ArrayList<>();
      for (Path path : FileTree.list(directory)) {
        if (!Files.isDirectory(path) || String.valueOf(path.getFileName()).startsWith(".")) {
          continue;
        }
        if (!FileTree.isInside(directory, path)) {
          notFollowed.add(path);
        } else if (SweepFolder.is(path)) {
          found.addAll(SweepFolder.runs(path));
        } else {
          found.add(path);
        }
      }
      notFollowed.sort(Comparator.naturalOrder());
      return found;
    } catch (IOException e) {
      throw new ConfigException(directory + ": cannot be listed: " + e.getMessage());
    }
  }

  private String name(RunRecord run) {
    return SafeText.line(plainName(run));
  }

  /** The path below the listed folder, which is more than a name for the runs of a sweep. */
  private String plainName(RunRecord run) {
    Path listed = directory.toAbsolutePath().normalize();
    Path root = run.folder().root();
    return root.equals(listed) || !root.startsWith(listed)
        ? String.valueOf(root.getFileName())
        : listed.relativize(root).toString();
  }

  private TextTable table(List<RunRecord> runs) {
    return new TextTable(
        List.of("name", "status", "steps", "reward", "held-out", "seconds", "size"),
        runs.stream().map(this::cells).toList());
  }

  private List<String> cells(RunRecord run) {
    return List.of(
        name(run),
        SafeText.line(run.status()),
        run.done() + "/" + (run.asked().isPresent() ? run.asked().getAsLong() : "?"),
        number(run.reward(), "%.3f"),
        number(run.before(), "%.3f")
            + (Double.isNaN(run.after()) ? "" : " -> " + number(run.after(), "%.3f")),
        number(run.seconds(), "%.0f"),
        Sizes.words(run.bytes()));
  }

  private static String number(double value, String format) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
  }

  private ObjectNode json(List<RunRecord> runs, List<Path> notFollowed) {
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("format", FORMAT);
    ArrayNode list = root.putArray("runs");
    for (RunRecord run : runs) {
      ObjectNode node = list.addObject();
      node.put("name", plainName(run));
      node.put("path", run.folder().root().toString());
      node.put("status", SafeText.line(run.status()));
      node.put("steps", run.done());
      run.asked().ifPresent(steps -> node.put("steps-asked", steps));
      put(node, "reward", run.reward());
      put(node, "held-out-before", run.before());
      put(node, "held-out-after", run.after());
      put(node, "seconds", run.seconds());
      node.put("bytes", run.bytes());
      run.started().ifPresent(time -> node.put("started", time.toString()));
      run.problems().forEach(node.putArray("problems")::add);
    }
    if (!notFollowed.isEmpty()) {
      ArrayNode links = root.putArray("links-not-followed");
      notFollowed.forEach(link -> links.add(link.toString()));
    }
    return root;
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isNaN(value)) {
      node.putNull(name);
    } else {
      node.put(name, value);
    }
  }
}
