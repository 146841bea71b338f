package dev.kelpie.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.opentest4j.TestAbortedException;

/** A control group with little memory, of either version, where the system lets us have one. */
final class SmallGroup implements AutoCloseable {
  private final Path folder;

  private SmallGroup(Path folder) {
    this.folder = folder;
  }

  /** Makes one below that of this process; the test is skipped where that is not allowed. */
  static SmallGroup of(int mebibytes) throws IOException {
    Path list = Path.of("/proc/self/cgroup");
    assumeTrue(Files.isReadable(list), "no control groups here");
    for (String line : Files.readAllLines(list)) {
      String[] parts = line.split(":", 3);
      boolean first = List.of(parts[1].split(",")).contains("memory");
      if (first || parts[1].isEmpty()) {
        Path above = Path.of("/sys/fs/cgroup", first ? "memory" : "", parts[2]);
        Path folder = above.resolve("kelpie-test-" + UUID.randomUUID());
        if (limited(folder, first ? "memory.limit_in_bytes" : "memory.max", mebibytes)) {
          return new SmallGroup(folder);
        }
      }
    }
    throw new TestAbortedException("no control group with a limit of memory can be made here");
  }

  private static boolean limited(Path folder, String limit, int mebibytes) {
    try {
      Files.createDirectory(folder);
    } catch (IOException e) {
      return false;
    }
    try {
      String bytes = Long.toString((long) mebibytes << 20);
      Files.writeString(folder.resolve(limit), bytes);
      // Without swap, where the system counts it.
      forbidSwap(folder.resolve("memory.swap.max"), "0");
      forbidSwap(folder.resolve("memory.memsw.limit_in_bytes"), bytes);
      return true;
    } catch (IOException e) {
      new SmallGroup(folder).close();
      return false;
    }
  }

  private static void forbidSwap(Path file, String value) throws IOException {
    if (Files.isWritable(file)) {
      Files.writeString(file, value);
    }
  }

  /** A command that enters the group and becomes the command behind it. */
  List<String> enter() {
    String entering = "echo $$ >" + folder.resolve("cgroup.procs") + " && exec \"$@\"";
    return List.of("/bin/sh", "-c", entering, "sh");
  }

  /** Removes the group, and ends what is left in it: a process may have been starting another. */
  @Override
  public void close() {
    for (int i = 0; i < 100; i++) {
      try {
        Files.readAllLines(folder.resolve("cgroup.procs")).stream()
            .map(Long::valueOf)
            .flatMap(pid -> ProcessHandle.of(pid).stream())
            .forEach(ProcessHandle::destroyForcibly);
        Files.delete(folder);
        return;
      } catch (IOException e) {
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
    }
    throw new IllegalStateException(folder + " is still in use");
  }
}
