package dev.kelpie.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * A command as a person would run it.
 *
 * @param code its exit code
 * @param out what it printed
 * @param err what it complained about
 */
public record CommandLineRun(int code, String out, String err) {
  public static CommandLineRun of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine = Kelpie.commandLine();
    commandLine.setOut(new PrintWriter(out));
    commandLine.setErr(new PrintWriter(err));
    int code = commandLine.execute(arguments);
    return new CommandLineRun(code, out.toString(), err.toString());
  }

  /** The one line of {@code out} that starts like this. */
  String line(String start) {
    return out.lines()
        .filter(line -> line.startsWith(start))
        .reduce((first, second) -> first)
        .orElseThrow(() -> new AssertionError("no line '" + start + "...' in " + out + err));
  }
}
