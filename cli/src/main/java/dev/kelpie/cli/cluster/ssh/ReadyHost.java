package dev.kelpie.cli.cluster.ssh;

import dev.kelpie.cli.pack.Build;
import dev.kelpie.cli.pack.CopyLine;
import dev.kelpie.cli.pack.PackedFile;
import dev.kelpie.cli.pack.Tar;
import dev.kelpie.cli.terminal.Cores;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A machine that was asked what it is and has.
 *
 * @param folder its folder for builds and runs, absolute
 * @param system kernel and processor family, as {@code uname} names them
 * @param built whether it has the build
 * @param missing of the paths that it needs, those that it does not have
 */
record ReadyHost(
    SshHost ssh,
    String folder,
    String system,
    Cores cores,
    boolean built,
    List<String> tools,
    List<String> missing) {
  private static final String MARK = "kelpie:"; // a login may print other lines
  private static final String PROBE =
      "umask 077; mkdir -p \"$1\" && cd \"$1\" && echo \"kelpie:folder $(pwd -P)\" || exit 1;"
          + " echo \"kelpie:system $(uname -s)-$(uname -m)\";"
          + " for tool in bash tar grep; do"
          + " command -v $tool >/dev/null 2>&1 || echo \"kelpie:tool $tool\"; done;"
          + " [ ! -x \"builds/$2/kelpie\" ] || echo \"kelpie:built yes\"; shift 2;"
          + " for path; do [ -e \"$path\" ] || echo \"kelpie:missing $path\"; done;"
          + " sed -n -e \"/^\\$/q\" -e \"s/^/kelpie:cpu /p\" /proc/cpuinfo 2>/dev/null; exit 0";
  private static final String UNPACK =
      "umask 022; cd \"$1\" && mkdir -p builds && mkdir \"builds/.$3\" || exit 1;"
          + " tar -xf - -C \"builds/.$3\" || { rm -rf \"builds/.$3\"; exit 1; };"
          + " [ -e \"builds/$2\" ] || mv \"builds/.$3\" \"builds/$2\"; rm -rf \"builds/.$3\"";
  private static final String PROVIDE = "umask 077; mkdir -p \"$1\" && tar -xf - -C \"$1\"";
  private static final String FIND_JAVA =
      "[ -z \"$2\" ] || [ -x \"$2/bin/java\" ] ||"
          + " { echo \"java-home: $2 has no bin/java\" >&2; exit 1; };"
          + " JAVA_HOME=${2:-${JAVA_HOME:-}} exec \"$1/kelpie\" --which-java";

  ReadyHost {
    tools = List.copyOf(tools);
    missing = List.copyOf(missing);
  }

  /** Asks a machine; makes its folder. */
  static ReadyHost ask(SshHost ssh, String build, List<String> paths) throws IOException {
    List<String> arguments = new ArrayList<>();
    String folder = ssh.options().folder();
    arguments.add(folder.startsWith("~/") ? folder.substring(2) : folder);
    arguments.add(build);
    arguments.addAll(paths);
    String printed = ssh.run(PROBE, SshHost.Input.NONE, arguments.toArray(String[]::new));
    List<String> folders = values(printed, "folder");
    if (folders.isEmpty()) {
      throw new SshFailure(1, "no answer of its shell");
    }
    return new ReadyHost(
        ssh,
        folders.get(0),
        String.join("", values(printed, "system")),
        Cores.of(values(printed, "cpu"), 0),
        !values(printed, "built").isEmpty(),
        values(printed, "tool"),
        values(printed, "missing"));
  }

  private static List<String> values(String printed, String key) {
    String start = MARK + key + " ";
    return printed
        .lines()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()))
        .toList();
  }

  /** Copies a build there, and reports progress. */
  void copy(Build build, Consumer<String> say) throws IOException {
    String what = "copying the build to " + ssh.options().host();
    say.accept(what + " (once)");
    ssh.run(
        UNPACK,
        out -> Tar.write(build.files(), "", out, new CopyLine(what, build.bytes(), say)),
        folder,
        build.id(),
        build.id() + "." + UUID.randomUUID());
  }

  /** Checks that the build finds Java there. */
  void requireJava(String build) throws IOException {
    ssh.run(FIND_JAVA, SshHost.Input.NONE, buildFolder(build), ssh.options().javaHome());
  }

  /** Copies the files of a run there. */
  void provide(String run, List<PackedFile> files) throws IOException {
    ssh.run(PROVIDE, out -> Tar.write(files, "", out, bytes -> {}), runFolder(run));
  }

  /** The folder of a run there. */
  String runFolder(String run) {
    return folder + "/runs/" + run;
  }

  /** The folder of a build there. */
  String buildFolder(String build) {
    return folder + "/builds/" + build;
  }
}
