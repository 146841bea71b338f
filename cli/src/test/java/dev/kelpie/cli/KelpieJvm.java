package dev.kelpie.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Command lines of Kelpie in a JVM of its own. With the launcher's archive of classes, where there
 * is one and it is of this class path, a process takes a third less processor time.
 */
public final class KelpieJvm {
  private static final Path BUILT = Path.of("..", "cli", "target").toAbsolutePath().normalize();
  private static final String ARCHIVE = "kelpie-classes.jsa";

  private KelpieJvm() {}

  /** The command of Kelpie with JVM flags, to which its arguments are added. */
  public static List<String> command(String... flags) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--add-opens=java.base/java.nio=ALL-UNNAMED"));
    command.addAll(List.of(flags));
    List<String> entries = entries();
    List<String> archived = archived();
    if (!archived.isEmpty() && entries.containsAll(archived)) {
      command.add("-XX:SharedArchiveFile=" + BUILT.resolve(ARCHIVE));
      command.add("-Xlog:cds=off");
      entries.removeAll(archived);
      entries.addAll(0, archived);
    }
    command.addAll(List.of("-cp", String.join(File.pathSeparator, entries)));
    command.add(Kelpie.class.getName());
    return command;
  }

  /** Lays out, in a folder {@code cli/target}, what the launcher reads of a build. */
  public static void layOutBuild(Path target) throws IOException {
    Files.createDirectories(target);
    List<String> archived = archived();
    List<String> entries = entries();
    if (!archived.isEmpty() && entries.containsAll(archived)) {
      entries = archived;
      for (String name : List.of(ARCHIVE, ARCHIVE + ".of")) {
        Files.createSymbolicLink(target.resolve(name), BUILT.resolve(name));
      }
    }
    Files.writeString(target.resolve("class-path.txt"), String.join(File.pathSeparator, entries));
    Files.writeString(target.resolve("kelpie-build.stamp"), "");
  }

  private static List<String> entries() {
    return new ArrayList<>(
        List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)));
  }

  /** The jars of the launcher's archive in its order; empty without one. */
  private static List<String> archived() throws IOException {
    if (!Files.isReadable(BUILT.resolve(ARCHIVE))) {
      return List.of();
    }
    String line = Files.readString(BUILT.resolve("class-path.txt")).strip();
    return List.of(line.split(File.pathSeparator, -1)).stream()
        .filter(jar -> !Path.of(jar).getFileName().toString().startsWith("kelpie-"))
        .toList();
  }
}
