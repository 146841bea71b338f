package dev.kelpie.cli;

import ai.djl.util.Utils;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** An installation of its own: the launcher, the classes built, the jars, a small experiment. */
final class InstalledTree {
  private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("rwxr-xr-x");

  private InstalledTree() {}

  /** Lays it out in {@code root}; every user may read it. */
  static void layOut(Path root) throws IOException {
    Path above = Path.of("..").toAbsolutePath().normalize();
    Files.createDirectories(root.resolve("cli/target"));
    Files.copy(above.resolve("kelpie"), root.resolve("kelpie"), StandardCopyOption.COPY_ATTRIBUTES);
    List<String> classPath = new ArrayList<>();
    Path jars = Files.createDirectories(root.resolve("jars"));
    for (String name : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path entry = Path.of(name);
      if (Files.isDirectory(entry) && !entry.endsWith("test-classes")) {
        copy(entry, root.resolve("part" + classPath.size()).resolve("target/classes"));
        classPath.add("");
      } else if (Files.isRegularFile(entry)) {
        // the launcher leaves out jars called kelpie-*, whose classes it expects in the tree
        Path jar = jars.resolve(classPath.size() + "-" + entry.getFileName());
        link(entry, jar);
        classPath.add(jar.toString());
      }
    }
    classPath.removeIf(String::isEmpty);
    Files.writeString(root.resolve("cli/target/class-path.txt"), String.join(":", classPath));
    Files.writeString(root.resolve("cli/target/kelpie-build.stamp"), "");
    layOutExperiment(above.resolve("configs"), root.resolve("configs"));
    open(root);
  }

  private static void layOutExperiment(Path from, Path to) throws IOException {
    Files.createDirectories(to.resolve("quickstart"));
    for (String file : List.of("base.conf", "quickstart.conf")) {
      Files.copy(from.resolve(file), to.resolve(file));
    }
    copy(from.resolve("quickstart/policy"), to.resolve("quickstart/policy"));
    try (Stream<String> rows = Files.lines(from.resolve("quickstart/train.jsonl"))) {
      Files.write(to.resolve("rows.jsonl"), rows.limit(4).toList());
    }
    Files.writeString(
        to.resolve("small.conf"),
        """
        include required("quickstart.conf")
        data.path = rows.jsonl, eval.path = "", run.steps = 1, dashboard.enabled = false
        rollout { prompts-per-step = 4, group-size = 8, threads = 1 }
        learner.threads = 1
        """);
  }

  /** The native libraries that this user has unpacked, for every user. */
  static void linkNativeLibraries(Path to) throws IOException {
    Path from = Utils.getEngineCacheDir();
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          link(path, target);
        }
      }
    }
    open(to);
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.isDirectory(from)) {
      return;
    }
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }

  /** Another name for the same file, where it is on the same disk. */
  private static void link(Path file, Path name) throws IOException {
    try {
      Files.createLink(name, file.toRealPath());
    } catch (IOException | UnsupportedOperationException e) {
      Files.copy(file, name);
    }
  }

  private static void open(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.toList()) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          Files.setPosixFilePermissions(path, OPEN);
        }
      }
    }
  }

  /** Takes the right to write from everybody, or gives it back to the owner. */
  static void setWritable(Path root, boolean writable) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(Files::isDirectory).toList()) {
        Files.setPosixFilePermissions(
            path, writable ? OPEN : PosixFilePermissions.fromString("r-xr-xr-x"));
      }
    }
  }
}
