package dev.kelpie.cli;

import dev.kelpie.cli.chat.ChatCommand;
import dev.kelpie.cli.check.ConfigCommand;
import dev.kelpie.cli.check.ValidateCommand;
import dev.kelpie.cli.cluster.ClusterCommand;
import dev.kelpie.cli.cluster.NodeCommand;
import dev.kelpie.cli.data.DataCommand;
import dev.kelpie.cli.doctor.DoctorCommand;
import dev.kelpie.cli.export.ExportCommand;
import dev.kelpie.cli.inspect.DashboardCommand;
import dev.kelpie.cli.inspect.InspectCommand;
import dev.kelpie.cli.inspect.LabelsCommand;
import dev.kelpie.cli.inspect.RunsCommand;
import dev.kelpie.cli.inspect.SamplesCommand;
import dev.kelpie.cli.pack.PackageCommand;
import dev.kelpie.cli.plan.PlanCommand;
import dev.kelpie.cli.sweep.SweepCommand;
import dev.kelpie.cli.terminal.Execution;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.NativeCache;
import dev.kelpie.cli.terminal.TerminalWriter;
import dev.kelpie.cli.terminal.Version;
import dev.kelpie.cli.terminal.WatchedEnd;
import dev.kelpie.cli.train.EvalCommand;
import dev.kelpie.cli.train.RewardModelCommand;
import dev.kelpie.cli.train.SftCommand;
import dev.kelpie.cli.train.TrainCommand;
import dev.kelpie.files.HomeFolder;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command line. Exit codes: 0 done, 1 failed, 2 asked for something that cannot be done. */
@Command(
    name = "kelpie",
    description = "Online RLHF on the JVM.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    footer = {"", "Example: kelpie train configs/quickstart.conf"},
    // every command is one class and one line here
    subcommands = {
      TrainCommand.class,
      EvalCommand.class,
      SftCommand.class,
      RewardModelCommand.class,
      SweepCommand.class,
      PlanCommand.class,
      DashboardCommand.class,
      ValidateCommand.class,
      ConfigCommand.class,
      DataCommand.class,
      BenchCommand.class,
      ClusterCommand.class,
      NodeCommand.class,
      PackageCommand.class,
      InspectCommand.class,
      SamplesCommand.class,
      LabelsCommand.class,
      RunsCommand.class,
      DoctorCommand.class,
      ChatCommand.class,
      ExportCommand.class,
      CompletionCommand.class
    })
public final class Kelpie implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  private boolean debug;

  /** Turns on stack traces, also in the log, which is configured after options are parsed. */
  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  void setDebug(boolean on) {
    debug = on;
    if (on) {
      System.setProperty("kelpie.trace", "%ex");
      System.setProperty("kelpie.log.told", "WARN");
    }
  }

  /**
   * Runs the command that {@code arguments} name and ends the process with its exit code. Whatever
   * formats without a locale, a library perhaps, does so as in every other country.
   */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    NativeCache.choose();
    Failures.reportOfThreads(List.of(arguments).contains("--debug"));
    int code = commandLine().execute(arguments);
    WatchedEnd.report();
    System.exit(code);
  }

  public static CommandLine commandLine() {
    Kelpie kelpie = new Kelpie();
    Failures failures = new Failures(() -> kelpie.debug);
    return TerminalWriter.on(
        new CommandLine(kelpie)
            .registerConverter(Path.class, Kelpie::path)
            .setExpandAtFiles(false)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpWidth(100)
            .setParameterExceptionHandler(failures)
            .setExecutionStrategy(new Execution())
            .setExecutionExceptionHandler(failures));
  }

  /** A path that may start with the home folder; {@code --run-dir=~/x} is expanded by no shell. */
  private static Path path(String text) {
    try {
      return Path.of(HomeFolder.expand(text));
    } catch (InvalidPathException e) {
      throw e; // of the locale, and reported as such
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
