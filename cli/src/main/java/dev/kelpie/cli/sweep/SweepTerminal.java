package dev.kelpie.cli.sweep;

import dev.kelpie.cli.terminal.Terminal;
import dev.kelpie.cli.terminal.TerminalWriter;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The terminal output of a sweep: on a terminal one line, updated in place, with the newest step of
 * each running run, else a line for each step.
 */
final class SweepTerminal {
  private final PrintWriter out;
  private final Terminal terminal;
  private final int total;
  private final Map<String, String> running = new LinkedHashMap<>();
  private int done;
  private boolean lineOpen;

  SweepTerminal(PrintWriter out, Terminal terminal, int total) {
    this.out = out;
    this.terminal = terminal;
    this.total = total;
  }

  /** A run was started. */
  synchronized void begin(String run, String how) {
    running.put(run, "starting");
    say(run + ": " + how);
  }

  /** A run has done a step. */
  synchronized void step(String run, String line) {
    if (!terminal.interactive()) {
      say(run + ": " + line);
      return;
    }
    running.replace(run, line.replaceFirst("(step \\S+( +reward \\S+)?).*", "$1"));
    redraw();
  }

  /** A run has ended, or was finished before. */
  synchronized void end(String run, String how) {
    running.remove(run);
    done++;
    say("[" + done + "/" + total + "] " + run + ": " + how);
  }

  /** Prints a line of its own. */
  synchronized void say(String line) {
    if (lineOpen) {
      rewrite("");
      TerminalWriter.rewind(out);
      lineOpen = false;
    }
    out.println(line);
    out.flush();
    if (terminal.interactive() && !running.isEmpty()) {
      redraw();
    }
  }

  private void redraw() {
    rewrite(
        running.entrySet().stream()
            .map(run -> run.getKey() + ": " + run.getValue())
            .collect(Collectors.joining(" | ")));
    lineOpen = true;
  }

  private void rewrite(String line) {
    int width = Math.max(20, terminal.columns() - 1);
    String shown = line.length() > width ? line.substring(0, width) : line;
    TerminalWriter.rewind(out);
    out.print(shown + " ".repeat(width - shown.length()));
    out.flush();
  }
}
