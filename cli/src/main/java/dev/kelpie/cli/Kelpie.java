package dev.kelpie.cli;

import dev.kelpie.cli.chat.ChatCommand;
import dev.kelpie.cli.check.ConfigCommand;
import dev.kelpie.cli.check.ValidateCommand;
import dev.kelpie.cli.cluster.ClusterCommand;
import dev.kelpie.cli.cluster.NodeCommand;
import dev.kelpie.cli.inspect.DashboardCommand;
import dev.kelpie.cli.inspect.InspectCommand;
import dev.kelpie.cli.inspect.RunsCommand;
import dev.kelpie.cli.inspect.SamplesCommand;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.Version;
import dev.kelpie.cli.train.EvalCommand;
import dev.kelpie.cli.train.SftCommand;
import dev.kelpie.cli.train.TrainCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

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
      DashboardCommand.class,
      ValidateCommand.class,
      ConfigCommand.class,
      BenchCommand.class,
      ClusterCommand.class,
      NodeCommand.class,
      InspectCommand.class,
      SamplesCommand.class,
      RunsCommand.class,
      ChatCommand.class,
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

  /** Runs the command that {@code arguments} name and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  public static CommandLine commandLine() {
    Kelpie kelpie = new Kelpie();
    Failures failures = new Failures(() -> kelpie.debug);
    return new CommandLine(kelpie)
        .setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpWidth(100)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
