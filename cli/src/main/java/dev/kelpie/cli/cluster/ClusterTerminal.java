package dev.kelpie.cli.cluster;

import dev.kelpie.cli.terminal.Browser;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.cli.train.LivePage;
import java.io.PrintStream;
import java.util.regex.Pattern;

/**
 * The terminal output of a cluster: the learner's progress line, updated in place on a terminal,
 * and the warnings of all other processes, prefixed with their names.
 */
final class ClusterTerminal {
  private static final int LINE_WIDTH = 100;
  private static final Pattern QUIET =
      Pattern.compile(
          "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} (INFO|DEBUG|TRACE) .*|(NOTE: )?Picked up \\w+_OPTIONS:"
              + " .*");

  private final PrintStream out;
  private final boolean terminal;
  private boolean browser;
  private boolean lineOpen;

  /** Creates the output; {@code browser}: opens the page when the learner reports its address. */
  ClusterTerminal(PrintStream out, boolean terminal, boolean browser) {
    this.out = out;
    this.terminal = terminal;
    this.browser = browser;
  }

  /** The terminal that this process has. */
  static ClusterTerminal ofThisProcess(boolean browser) {
    return new ClusterTerminal(System.out, Boolean.getBoolean("kelpie.terminal"), browser);
  }

  /** Prints a line of the learner's output. */
  synchronized void progress(String written) {
    String line = SafeText.line(written);
    if (terminal && line.startsWith("step ")) {
      String shown = line.length() > LINE_WIDTH ? line.substring(0, LINE_WIDTH) : line;
      out.print("\r" + shown + " ".repeat(LINE_WIDTH - shown.length()));
      out.flush();
      lineOpen = true;
    } else {
      say(line);
    }
    if (browser && line.startsWith(LivePage.ADDRESS + "http")) {
      browser = false;
      Browser.open(line.substring(LivePage.ADDRESS.length())).ifPresent(this::say);
    }
  }

  /** Prints a line that a process wrote to standard error. */
  void complaint(String process, String line) {
    if (!line.isBlank() && !QUIET.matcher(line).matches()) {
      say(process + ": " + (line.startsWith("kelpie: ") ? line.substring(8) : line));
    }
  }

  /** Prints a line of the launcher itself. */
  synchronized void say(String line) {
    if (lineOpen) {
      out.println();
      lineOpen = false;
    }
    out.println(SafeText.lines(line));
    out.flush();
  }
}
