package dev.kelpie.cli.cluster;

import dev.kelpie.cli.terminal.NativeCache;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Builds the command line of a Kelpie process with the JVM, flags and class path of this one. */
public final class KelpieProcess {
  private static final String MAIN_CLASS = "dev.kelpie.cli.Kelpie";

  private KelpieProcess() {}

  /** Flags for a process whose output goes to a log file: more detail than on a terminal. */
  public static final List<String> LOGGED = List.of("-Dkelpie.log=INFO");

  /** The same for processes that are busy in native code: faster start, less optimisation. */
  static final List<String> LOGGED_QUICK_START =
      List.of("-Dkelpie.log=INFO", "-XX:TieredStopAtLevel=1");

  /**
   * Returns the command that runs Kelpie with {@code arguments}, and JVM {@code flags} besides
   * those of this process. It ignores the terminal's Ctrl-C: its parent decides in which order they
   * end.
   */
  public static List<String> command(List<String> flags, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // the terminal and the launcher's pipe are this process's own
      if (!flag.startsWith("-Dkelpie.terminal") && !flag.startsWith("-Dkelpie.watch")) {
        command.add(flag);
      }
    }
    String nativeLibraries = System.getProperty(NativeCache.KEY, "");
    if (!nativeLibraries.isEmpty()) {
      command.add("-D" + NativeCache.KEY + "=" + nativeLibraries);
    }
    command.addAll(flags);
    command.addAll(
        List.of(
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path", ""),
            MAIN_CLASS));
    command.addAll(arguments);
    return shielded(command);
  }

  /** The same command, ignoring the terminal's Ctrl-C. */
  static List<String> shielded(List<String> command) {
    List<String> shielded =
        new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "kelpie"));
    shielded.addAll(command);
    return shielded;
  }
}
