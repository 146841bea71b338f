package dev.kelpie.cli.cluster;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of another process of Kelpie, with the JVM, flags and classes of this one. */
public final class KelpieProcess {
  private static final String MAIN_CLASS = "dev.kelpie.cli.Kelpie";

  private KelpieProcess() {}

  /** Tells its log more than it would tell a terminal. */
  static final List<String> LOGGED = List.of("-Dkelpie.log=INFO");

  /** The same, and compiles quickly rather than well, for processes whose work is native. */
  static final List<String> LOGGED_QUICK_START =
      List.of("-Dkelpie.log=INFO", "-XX:TieredStopAtLevel=1");

  /**
   * A command for {@code arguments}. The process does not hear the terminal's Ctrl-C: whoever
   * starts it decides in which order things end.
   *
   * @param flags of the JVM, besides those of this one
   */
  public static List<String> command(List<String> flags, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "/bin/sh",
                "-c",
                "trap '' INT HUP; exec \"$@\"",
                "kelpie",
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!flag.startsWith("-Dkelpie.terminal")) {
        command.add(flag);
      }
    }
    command.addAll(flags);
    command.addAll(
        List.of(
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path", ""),
            MAIN_CLASS));
    command.addAll(arguments);
    return command;
  }
}
