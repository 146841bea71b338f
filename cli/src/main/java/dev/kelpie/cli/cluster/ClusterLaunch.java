package dev.kelpie.cli.cluster;

import dev.kelpie.cli.check.HostCertificates;
import dev.kelpie.cli.check.MessageSize;
import dev.kelpie.cli.check.Preflight;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.StopHook;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.cli.train.DataComparison;
import dev.kelpie.cli.train.DiskRoom;
import dev.kelpie.cli.train.NewRun;
import dev.kelpie.cli.train.Ports;
import dev.kelpie.cli.train.RunArguments;
import dev.kelpie.config.ClusterOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RunLock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A run that is started as several processes, its learner on this machine. */
final class ClusterLaunch {
  private final RunArguments arguments;
  private final LoadedExperiment loaded;
  private final LoadedExperiment startable;
  private final ClusterTerminal terminal;

  private ClusterLaunch(
      RunArguments arguments,
      LoadedExperiment loaded,
      LoadedExperiment startable,
      ClusterTerminal terminal) {
    this.arguments = arguments;
    this.loaded = loaded;
    this.startable = startable;
    this.terminal = terminal;
  }

  /**
   * Reads the experiment; the launcher decides about processes, whatever the file says.
   *
   * @throws dev.kelpie.config.ConfigException on anything wrong
   */
  static ClusterLaunch read(
      RunArguments arguments, List<String> overrides, ClusterTerminal terminal) {
    List<String> changes = new ArrayList<>(overrides);
    changes.addAll(List.of("cluster.roles=[]", "cluster.seed=\"\""));
    LoadedExperiment loaded = arguments.load(changes, "");
    return new ClusterLaunch(arguments, loaded, arguments.startable(loaded, changes), terminal);
  }

  LoadedExperiment loaded() {
    return loaded;
  }

  /** The experiment as its processes start with it. */
  LoadedExperiment startable() {
    return startable;
  }

  /** Checks everything that can be wrong with it on this machine, once, and not in each process. */
  void check() {
    Preflight.engine(loaded);
    HostCertificates.require(loaded.experiment());
    UnpackNotice.notice().ifPresent(terminal::say);
    RunInputs.requireRoom(startable);
  }

  /** Reads the data, and makes or takes the run's folder; {@code command} made it. */
  Started start(String command, PrintWriter out) throws IOException {
    RunFolder folder;
    try (RunInputs parts = arguments.inputs(startable, out)) {
      MessageSize.requireFits(loaded, parts);
      folder = arguments.folder(loaded, command);
      // The learner's process takes the lock and keeps it.
      try (RunLock lock = RunLock.take(folder)) {
        NewRun.record(folder, loaded);
        DataComparison.record(folder, parts);
      }
    }
    terminal.say(arguments.announcement(folder) + ", logs of all processes in logs/");
    ClusterOptions cluster = loaded.experiment().cluster();
    Iterator<Integer> free = Ports.free(cluster.bound(), 2).iterator();
    int port = cluster.port() > 0 ? cluster.port() : free.next();
    int bulkPort = cluster.bulkPort() > 0 ? cluster.bulkPort() : free.next();
    return new Started(
        folder,
        cluster.host(),
        port,
        bulkPort,
        cluster.standbyLearner(),
        terminal,
        arguments.forwarded());
  }

  /**
   * A run whose folder is there.
   *
   * @param host address of the learner
   * @param port of the learner's actors
   * @param bulkPort of the learner's files
   * @param standby whether a started process waits to take the learner's place
   * @param forwarded options for the learner's process
   */
  record Started(
      RunFolder folder,
      String host,
      int port,
      int bulkPort,
      boolean standby,
      ClusterTerminal terminal,
      List<String> forwarded) {
    String seed() {
      return host + ":" + port;
    }

    ClusterMember learner() throws IOException {
      List<String> words =
          new ArrayList<>(
              List.of("train", "--resume", folder.root().toString(), "--roles", "learner"));
      words.addAll(List.of("--port", "" + port, "--bulk-port", "" + bulkPort, "--tied"));
      words.addAll(forwarded);
      Optional<Standby> waiting =
          standby ? Optional.of(Standby.of(words, terminal)) : Optional.empty();
      return new LearnerMember(
          "learner",
          KelpieProcess.command(KelpieProcess.LOGGED, words),
          log(folder, "learner"),
          waiting,
          terminal);
    }

    ClusterMember worker(String name, String roles) throws IOException {
      return ClusterLaunch.worker(name, roles, folder, seed(), terminal);
    }
  }

  /** A process of a run on this machine that does work for the learner at {@code seed}. */
  static ClusterMember worker(
      String name, String roles, RunFolder folder, String seed, ClusterTerminal terminal)
      throws IOException {
    List<String> arguments = workerArguments(name, roles, folder.root().toString(), seed);
    return new ClusterMember(
        name,
        KelpieProcess.command(KelpieProcess.LOGGED_QUICK_START, arguments),
        log(folder, name),
        terminal);
  }

  /** The arguments of Kelpie for such a process, whose run lies in {@code folder}. */
  static List<String> workerArguments(String name, String roles, String folder, String seed) {
    return List.of("node", folder, "--roles", roles, "--name", name, "--seed", seed, "--tied");
  }

  private static Path log(RunFolder folder, String name) throws IOException {
    return Files.createDirectories(folder.logs()).resolve(name + ".log");
  }

  /**
   * Runs the processes until the run is over or somebody stops it; returns the exit code.
   *
   * @param room of the run's disk, where one of the members is the learner
   * @param afterwards what is done when all have ended
   */
  static int supervise(
      List<ClusterMember> members,
      Optional<DiskRoom> room,
      ClusterTerminal terminal,
      String stopping,
      String endedAtOnce,
      Runnable afterwards)
      throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    ClusterSupervisor supervisor = new ClusterSupervisor(members, room, terminal);
    StopHook hook =
        StopHook.add(
            () -> {
              terminal.say(stopping);
              supervisor.stop();
            },
            ended,
            endedAtOnce,
            supervisor::kill);
    try (supervisor) {
      return supervisor.run();
    } finally {
      afterwards.run();
      ended.countDown();
      hook.remove();
    }
  }

  /** The same for a run with a learner, which {@code command} resumes. */
  static int superviseRun(
      List<ClusterMember> members,
      ClusterTerminal terminal,
      String command,
      RunFolder folder,
      Runnable afterwards)
      throws InterruptedException {
    return supervise(
        members,
        Optional.of(new DiskRoom(folder)),
        terminal,
        "stopping after this step, then saving ... (Ctrl-C once more ends at once)",
        "ended at once; go on from the last checkpoint with: ./kelpie "
            + command
            + " --resume "
            + RunFolder.shown(folder.root()),
        afterwards);
  }
}
