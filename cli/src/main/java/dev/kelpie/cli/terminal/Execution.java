package dev.kelpie.cli.terminal;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * Runs the command that was parsed. An Error, such as a lack of memory, is reported as an exception
 * is; {@code --version} prints all that {@link Version} knows.
 */
public final class Execution implements IExecutionStrategy {
  @Override
  public int execute(ParseResult parsed) {
    List<CommandLine> commands = parsed.asCommandLineList();
    CommandLine last = commands.get(commands.size() - 1);
    if (commands.stream().anyMatch(CommandLine::isVersionHelpRequested)) {
      Version.lines().forEach(last.getOut()::println);
      last.getOut().flush();
      return 0;
    }
    try {
      return new RunLast().execute(parsed);
    } catch (Error e) {
      throw new ExecutionException(last, String.valueOf(e.getMessage()), e);
    }
  }
}
