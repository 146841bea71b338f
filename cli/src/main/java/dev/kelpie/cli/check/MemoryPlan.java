package dev.kelpie.cli.check;

import dev.kelpie.actors.Role;
import dev.kelpie.cli.check.MemoryParts.Kind;
import dev.kelpie.cli.check.MemoryParts.Part;
import dev.kelpie.cli.terminal.UsableMemory;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.hosts.HostOptions;
import dev.kelpie.model.architecture.ModelConfig;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Predicate;

/**
 * The memory of a run by process and by machine: one process, or those of {@code cluster.hosts}.
 *
 * @param machines this one first
 */
record MemoryPlan(List<Machine> machines) {
  private static final double WARN = 0.85; // of the limit

  MemoryPlan {
    machines = List.copyOf(machines);
  }

  /**
   * A process with its parts.
   *
   * @param count how many of its kind run on the machine
   */
  record ProcessPlan(String name, int count, List<Part> parts) {
    ProcessPlan {
      parts = List.copyOf(parts);
    }

    /** The processes of a machine that have {@code roles}. */
    private static ProcessPlan of(String name, int count, Set<Role> roles, List<Part> all) {
      List<Part> parts =
          new ArrayList<>(all.stream().filter(part -> roles.contains(part.role())).toList());
      parts.addAll(MemoryParts.process(roles.iterator().next()));
      return new ProcessPlan(name, count, parts);
    }

    /** Bytes of one of them. */
    long bytes() {
      return bytes(part -> true);
    }

    private long bytes(Predicate<Part> which) {
      return parts.stream().filter(which).mapToLong(Part::bytes).sum();
    }

    private String line() {
      Map<Kind, Long> sums = new EnumMap<>(Kind.class);
      parts.forEach(part -> sums.merge(part.kind(), part.bytes(), Long::sum));
      StringJoiner line = new StringJoiner(", ");
      sums.forEach((kind, bytes) -> line.add(kind.words + " " + mebibytes(bytes)));
      return String.format(
          Locale.ROOT,
          "%s%s: %s: %s",
          count > 1 ? count + " x " : "",
          name,
          mebibytes(bytes()),
          line);
    }
  }

  /** A machine with its processes. */
  record Machine(String name, List<ProcessPlan> processes) {
    Machine {
      processes = List.copyOf(processes);
    }

    long bytes() {
      return processes.stream().mapToLong(process -> process.count() * process.bytes()).sum();
    }
  }

  /**
   * The plan of an experiment.
   *
   * @param model the policy's
   */
  static MemoryPlan of(Experiment experiment, ModelConfig model) {
    List<Part> parts = MemoryParts.of(experiment, model);
    List<HostOptions> hosts = HostOptions.all(experiment);
    if (hosts.isEmpty()) {
      return new MemoryPlan(
          List.of(
              new Machine(
                  "this machine",
                  List.of(ProcessPlan.of("one process", 1, EnumSet.allOf(Role.class), parts)))));
    }
    List<ProcessPlan> here = new ArrayList<>();
    here.add(ProcessPlan.of("learner", 1, Set.of(Role.LEARNER), parts));
    List<Machine> others = new ArrayList<>();
    if (hosts.stream().noneMatch(HostOptions::reward)) {
      here.add(rewards(parts));
    }
    for (HostOptions host : hosts) {
      boolean isHere = host.ssh().isEmpty() && host.host().equals(experiment.cluster().host());
      List<ProcessPlan> there = isHere ? here : new ArrayList<>();
      if (host.rolloutWorkers() > 0) {
        there.add(ProcessPlan.of("rollout", host.rolloutWorkers(), Set.of(Role.ROLLOUT), parts));
      }
      if (host.reward()) {
        there.add(rewards(parts));
      }
      if (!isHere) {
        others.add(new Machine(host.host(), there));
      }
    }
    List<Machine> machines = new ArrayList<>();
    machines.add(new Machine("this machine", here));
    machines.addAll(others);
    return new MemoryPlan(machines);
  }

  private static ProcessPlan rewards(List<Part> parts) {
    return ProcessPlan.of("reward", 1, Set.of(Role.REWARD, Role.SCORING), parts);
  }

  /** Bytes of this machine. */
  long total() {
    return machines.get(0).bytes();
  }

  /** Bytes that this machine's processes have from their first step on, however short texts are. */
  long least() {
    Set<Kind> grow = EnumSet.of(Kind.ACTIVATIONS, Kind.OPERATIONS, Kind.CACHE);
    return machines.get(0).processes().stream()
        .mapToLong(process -> process.count() * process.bytes(part -> !grow.contains(part.kind())))
        .sum();
  }

  /** A line for each process, and one for each other machine. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Machine machine : machines) {
      boolean here = machine.equals(machines.get(0));
      String prefix = here ? "" : machine.name() + ": ";
      machine.processes().forEach(process -> lines.add(prefix + process.line()));
      if (!here) {
        lines.add(
            prefix + "about " + mebibytes(machine.bytes()) + "; its memory is not known here");
      }
    }
    return lines;
  }

  /**
   * The verdict as one line, a warning from 85 % of {@code bytes} on.
   *
   * @param advice what would help most; empty where nothing does
   * @throws ConfigException when this machine needs more than {@code bytes}
   */
  String requireFits(long bytes, String advice) {
    long share = Math.round(100.0 * total() / bytes);
    String sum =
        String.format(
            Locale.ROOT,
            "about %s of the %s of this machine, or of its container's limit (%d %%)",
            mebibytes(total()),
            mebibytes(bytes),
            share);
    if (total() > bytes) {
      throw new ConfigException(
          sum
              + " (expected: at most 100 %; "
              + (advice.isEmpty() ? "a smaller model needs less" : advice)
              + ")");
    }
    boolean tight = total() > WARN * bytes;
    return tight ? "warning: " + sum + (advice.isEmpty() ? "" : "; " + advice) : sum;
  }

  /** Whether this machine needs more than 85 % of {@code bytes}. */
  boolean isTight(long bytes) {
    return total() > WARN * bytes;
  }

  /**
   * Refuses a run that memory cannot hold even with short prompts and responses.
   *
   * @throws ConfigException when {@link #least} is more than this process may use
   */
  static void requireRoom(Experiment experiment, ModelConfig model) {
    of(experiment, model).requireRoom(UsableMemory.bytesWithSwap());
  }

  void requireRoom(long bytes) {
    if (least() > bytes) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "memory: %s for this process (expected: at least %s for this run, and about %s at"
                  + " its peak; a smaller model needs less)",
              mebibytes(bytes),
              mebibytes(least()),
              mebibytes(total())));
    }
  }

  /** Whole MiB, rounded down. */
  static String mebibytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }
}
