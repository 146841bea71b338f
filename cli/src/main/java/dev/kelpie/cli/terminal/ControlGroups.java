package dev.kelpie.cli.terminal;

import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The control groups of this process, versions 1 and 2, those above included: their limit of memory
 * and how many processes were killed for want of it. The launcher script reads the same files.
 */
public final class ControlGroups {
  private static final int MOST_BYTES = 1 << 16;
  private static final String NUMBER = "[0-9]{1,18}";

  private final List<Path> limits = new ArrayList<>();
  private Optional<Path> events = Optional.empty();

  private ControlGroups() {}

  /** The groups of this process; none where the system has no control groups. */
  public static ControlGroups ofThisProcess() {
    return below(Path.of("/"));
  }

  /**
   * The groups that {@code proc/self/cgroup} and {@code sys/fs/cgroup} of {@code root} describe.
   */
  static ControlGroups below(Path root) {
    ControlGroups groups = new ControlGroups();
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      String[] parts = line.split(":", 3); // number, controllers, path; version 2 has "0::PATH"
      Path base = root.resolve("sys/fs/cgroup");
      if (parts.length == 3 && parts[1].isEmpty()) {
        groups.add(base, parts[2], "memory.max", "memory.events");
      } else if (parts.length == 3 && Arrays.asList(parts[1].split(",")).contains("memory")) {
        base = base.resolve("memory");
        groups.add(base, parts[2], "memory.limit_in_bytes", "memory.oom_control");
      }
    }
    return groups;
  }

  /** Adds a group and all above it; a container may see only the upper ones, by no path at all. */
  private void add(Path base, String path, String limit, String killed) {
    String name = path;
    while (true) {
      Path group = base.resolve(name.replaceFirst("^/+", ""));
      limits.add(group.resolve(limit));
      Path file = group.resolve(killed);
      if (events.isEmpty() && Files.isReadable(file)) {
        events = Optional.of(file);
      }
      if (name.isEmpty()) {
        return;
      }
      name = name.substring(0, Math.max(0, name.lastIndexOf('/')));
    }
  }

  /** The smallest limit of memory in bytes, if any group has one. */
  public OptionalLong limit() {
    return limits.stream()
        .flatMap(file -> lines(file).stream().limit(1))
        .filter(value -> value.matches(NUMBER)) // version 2 has "max"
        .mapToLong(Long::parseLong)
        .min();
  }

  /** How many processes of the group were killed for want of memory so far. */
  public long kills() {
    return events.stream()
        .flatMap(file -> lines(file).stream())
        .filter(line -> line.matches("oom_kill " + NUMBER))
        .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length())))
        .sum();
  }

  private static List<String> lines(Path file) {
    try (Stream<String> lines = InputFile.readText(file, MOST_BYTES).lines()) {
      return lines.toList();
    } catch (IOException e) {
      return List.of(); // not on this system, or not for this user
    }
  }
}
