package dev.kelpie.cli.terminal;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.IParameterExceptionHandler;

/**
 * The output of all commands. Texts of files, models and arguments reach a terminal only through
 * here, where {@link SafeText} takes from them what could control it; line feeds and tabs stay.
 */
public final class TerminalWriter extends PrintWriter {
  private final PrintWriter raw;

  private TerminalWriter(PrintWriter raw) {
    super(new Safe(raw), true);
    this.raw = raw;
  }

  /**
   * Lets all commands of {@code line} write through this class. The help, which is Kelpie's own and
   * may be in bold and colours, is not changed.
   */
  public static CommandLine on(CommandLine line) {
    IParameterExceptionHandler refusing = line.getParameterExceptionHandler();
    IExecutionStrategy running = line.getExecutionStrategy();
    return line.setParameterExceptionHandler(
            (failure, arguments) -> {
              replace(line);
              return refusing.handleParseException(failure, arguments);
            })
        .setExecutionStrategy(
            parsed -> {
              boolean help =
                  parsed.asCommandLineList().stream().anyMatch(CommandLine::isUsageHelpRequested);
              if (!help) {
                replace(line);
              }
              return running.execute(parsed);
            });
  }

  private static void replace(CommandLine line) {
    if (!(line.getOut() instanceof TerminalWriter)) {
      line.setOut(new TerminalWriter(line.getOut()));
    }
    if (!(line.getErr() instanceof TerminalWriter)) {
      line.setErr(new TerminalWriter(line.getErr()));
    }
  }

  /** Moves back to the start of the line, which the next text overwrites. */
  public static void rewind(PrintWriter out) {
    if (out instanceof TerminalWriter terminal) {
      terminal.flush();
      terminal.raw.print('\r');
    } else {
      out.print('\r');
    }
  }

  private static final class Safe extends FilterWriter {
    private String rest = ""; // the first half of a character that is not whole yet

    Safe(Writer raw) {
      super(raw);
    }

    @Override
    public void write(int c) throws IOException {
      write(String.valueOf((char) c));
    }

    @Override
    public void write(char[] text, int from, int count) throws IOException {
      write(String.valueOf(text, from, count));
    }

    @Override
    public void write(String text, int from, int count) throws IOException {
      write(text.substring(from, from + count));
    }

    @Override
    public void write(String text) throws IOException {
      String all = rest + text;
      boolean half = !all.isEmpty() && Character.isHighSurrogate(all.charAt(all.length() - 1));
      int end = all.length() - (half ? 1 : 0);
      rest = all.substring(end);
      out.write(SafeText.output(all.substring(0, end)));
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.write(SafeText.output(rest));
      rest = "";
      out.close();
    }
  }
}
