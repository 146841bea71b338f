package dev.kelpie.cli.cluster.slurm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The batch script of a run: what Slurm reads of the job, the values of this run, and a part that
 * is the same for all ({@code job.sh}).
 *
 * @param name of the run and the job
 * @param kelpie the launcher, seen by all nodes
 * @param folder working folder of the job
 * @param config the experiment, or the run that is resumed
 * @param changes {@code KEY=VALUE} of {@code -D}
 * @param certificates whether the job makes certificates of its nodes
 * @param request what is asked of Slurm
 */
public record JobScript(
    String name,
    Path kelpie,
    Path folder,
    Source config,
    List<String> changes,
    boolean certificates,
    Request request) {
  private static final String BODY = "job.sh";

  public JobScript {
    changes = List.copyOf(changes);
  }

  /** An experiment file, or the folder of a run. */
  public record Source(Path path, boolean isRun) {}

  /**
   * What is asked of Slurm.
   *
   * @param workers rollout processes on each node that has any
   * @param time limit as Slurm writes it; empty: that of the partition
   * @param partition empty: the default one
   * @param ahead seconds before the limit at which the run is saved and queued again
   * @param more further options of sbatch, such as {@code --account=x}
   */
  public record Request(
      int nodes,
      int workers,
      int cpus,
      Optional<String> time,
      Optional<String> partition,
      int ahead,
      List<String> more) {
    public Request {
      more = List.copyOf(more);
    }
  }

  /** The whole script. */
  public String text() {
    StringBuilder text = new StringBuilder("#!/usr/bin/env bash\n");
    options().forEach(option -> text.append("#SBATCH ").append(option).append('\n'));
    text.append("# Written by kelpie cluster slurm; docs/cluster.md tells more.\n\n");
    variables().forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
    return text.append(body()).toString();
  }

  private List<String> options() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--job-name=" + name,
                "--nodes=" + request.nodes(),
                "--ntasks-per-node=1",
                "--requeue",
                "--open-mode=append",
                "--output=" + name + "-%j.log",
                "--signal=B:USR1@" + request.ahead()));
    if (request.cpus() > 0) {
      options.add("--cpus-per-task=" + request.cpus());
    }
    request.time().ifPresent(time -> options.add("--time=" + time));
    request.partition().ifPresent(partition -> options.add("--partition=" + partition));
    options.addAll(request.more());
    return options;
  }

  private Map<String, String> variables() {
    boolean resumed = config.isRun();
    List<String> words = new ArrayList<>();
    changes.forEach(change -> words.addAll(List.of("-D", quoted(change))));
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("kelpie", quoted(kelpie.toString()));
    variables.put("name", quoted(name));
    variables.put("runs", quoted(folder.resolve("runs").toString()));
    variables.put("run", resumed ? quoted(config.path().toString()) : "''");
    variables.put("config", resumed ? "''" : quoted(config.path().toString()));
    variables.put("changes", "(" + String.join(" ", words) + ")");
    variables.put("workers", String.valueOf(request.workers()));
    variables.put("certificates", certificates ? "yes" : "''");
    return variables;
  }

  /** A word of the shell that stands for {@code text} itself. */
  static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private static String body() {
    try (InputStream in = JobScript.class.getResourceAsStream(BODY)) {
      if (in == null) {
        throw new IllegalStateException(BODY + " is missing in this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
