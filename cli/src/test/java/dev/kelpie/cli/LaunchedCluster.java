package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code kelpie cluster} in a process of its own; ended, and looked after, when it is closed. */
public final class LaunchedCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int LINES_SHOWN = 60;
  private static final Pattern STARTED = Pattern.compile("(\\S+) \\((\\d+)\\)");
  private static final Pattern AGAIN = Pattern.compile("(\\S+) .* started again \\((\\d+)\\),.*");

  private final Process launcher;
  private final List<String> lines = new ArrayList<>();

  private LaunchedCluster(Process launcher) {
    this.launcher = launcher;
    Thread reader = new Thread(this::read, "launched-cluster");
    reader.setDaemon(true);
    reader.start();
  }

  public static LaunchedCluster start(List<String> arguments) throws IOException {
    return start(command(arguments));
  }

  /** What {@link #start(List)} starts. */
  public static ProcessBuilder command(List<String> arguments) throws IOException {
    List<String> command = KelpieJvm.command("-Xmx512m", "-Dai.djl.offline=true");
    command.add("cluster");
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }

  /** The same by another command, whose process becomes the launcher. */
  public static LaunchedCluster start(ProcessBuilder command) throws IOException {
    return new LaunchedCluster(command.redirectErrorStream(true).start());
  }

  private void read() {
    try (BufferedReader out = launcher.inputReader()) {
      String line = out.readLine();
      while (line != null) {
        synchronized (lines) {
          lines.add(line);
        }
        line = out.readLine();
      }
    } catch (IOException e) {
      // the launcher was killed
    }
  }

  public List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** How many steps it has told of; those that a restarted learner does again count again. */
  public int steps() {
    return (int) lines().stream().filter(line -> line.startsWith("step ")).count();
  }

  public void awaitLine(String start) {
    await(start, () -> lines().stream().anyMatch(line -> line.startsWith(start)));
  }

  private String lastLines() {
    List<String> all = lines();
    return String.join("\n", all.subList(Math.max(0, all.size() - LINES_SHOWN), all.size()));
  }

  public void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("%s in%n%s", what, lastLines()).isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  /** Number of the newest process called {@code name}. */
  public long pid(String name) {
    long pid = -1;
    for (String line : lines()) {
      for (Started started : started(line)) {
        pid = started.name.equals(name) ? started.pid : pid;
      }
    }
    return pid;
  }

  private record Started(String name, long pid) {}

  private static List<Started> started(String line) {
    Matcher again = AGAIN.matcher(line);
    if (again.matches()) {
      return List.of(new Started(again.group(1), Long.parseLong(again.group(2))));
    }
    List<Started> all = new ArrayList<>();
    if (line.startsWith("processes: ")) {
      Matcher first = STARTED.matcher(line);
      while (first.find()) {
        all.add(new Started(first.group(1), Long.parseLong(first.group(2))));
      }
    }
    return all;
  }

  /** Sends a signal to a process. */
  public static void signal(String signal, long pid) throws IOException, InterruptedException {
    assertThat(pid).isPositive();
    new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
  }

  /** Sends a signal to the launcher. */
  public void signal(String signal) throws IOException, InterruptedException {
    signal(signal, launcher.pid());
  }

  /** The launcher's exit code. */
  public int awaitEnd() throws InterruptedException {
    assertThat(launcher.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .as("end of%n%s", lastLines())
        .isTrue();
    return launcher.exitValue();
  }

  /** Waits until no process that was ever started is left. */
  public void awaitNobody() {
    await("nobody is left", () -> alive().isEmpty());
  }

  private List<ProcessHandle> alive() {
    return lines().stream()
        .flatMap(line -> started(line).stream())
        .map(started -> ProcessHandle.of(started.pid))
        .flatMap(Optional::stream)
        .filter(ProcessHandle::isAlive)
        .toList();
  }

  @Override
  public void close() {
    // the supervisor is a child of the launcher, and would start its processes again
    List<ProcessHandle> below = launcher.descendants().toList();
    launcher.destroyForcibly();
    below.forEach(ProcessHandle::destroyForcibly);
    alive().forEach(ProcessHandle::destroyForcibly);
  }
}
