package dev.kelpie.cli.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.NearestName;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie cluster drain}: lets rollout workers finish their units and leave. */
@Command(
    name = "drain",
    description = {
      "Let a rollout worker of a live run finish its unit and give it no more; a process that has"
          + " nothing",
      "else to do leaves the run and ends."
    },
    footer = {
      "",
      "Example: kelpie cluster drain rollout-2",
      "Example: kelpie cluster drain 10.0.0.8:41223 runs/quickstart-20260102-030405"
    })
final class ClusterDrain implements Callable<Integer> {
  private static final Duration EVERY = Duration.ofMillis(500);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "NODE",
      description = "Name of a rollout worker, or HOST:PORT of its node.")
  private String node = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "RUN",
      description = "Folder of the run. Default: the only live one in runs/.")
  private @Nullable Path run;

  /** A rollout worker that is there. */
  private record Worker(String name, String node, boolean drained, String task) {
    String plainName() {
      return name.split("@", 2)[0];
    }

    boolean isCalled(String wanted) {
      return wanted.equals(name) || wanted.equals(node) || wanted.equals(plainName());
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    return LiveRun.use(run, spec, this::drain);
  }

  private int drain(LiveRun live) throws IOException, InterruptedException {
    List<Worker> there = workers(live.status());
    List<Worker> wanted = there.stream().filter(worker -> worker.isCalled(node)).toList();
    if (wanted.isEmpty()) {
      throw new ConfigException("NODE: " + node + " (expected: " + expected(there) + ")");
    }
    PrintWriter out = spec.commandLine().getOut();
    for (Worker worker : wanted) {
      live.ask("drain?worker=" + URLEncoder.encode(worker.name(), StandardCharsets.UTF_8));
      say(
          out,
          worker.drained()
              ? worker.name() + " is drained already"
              : worker.name()
                  + (worker.task().isEmpty()
                      ? " gets no more work"
                      : " finishes " + worker.task() + " and gets no more work"));
    }
    if (there.stream().allMatch(worker -> worker.drained() || wanted.contains(worker))) {
      say(out, "warning: no rollout worker is left: the run waits until another one joins");
    }
    return await(live, wanted, out);
  }

  /** Waits until each is drained, or the run has ended. */
  private static int await(LiveRun live, List<Worker> wanted, PrintWriter out)
      throws IOException, InterruptedException {
    List<Worker> left = new ArrayList<>(wanted);
    left.removeIf(Worker::drained);
    while (!left.isEmpty() && live.goesOn()) {
      Thread.sleep(EVERY.toMillis());
      List<Worker> now = live.goesOn() ? workers(live.status()) : List.of();
      left.removeIf(
          worker -> {
            boolean still =
                now.stream().anyMatch(one -> one.name().equals(worker.name()) && !one.drained());
            if (!still) {
              say(out, worker.name() + " drained");
            }
            return !still;
          });
    }
    return 0;
  }

  private static List<Worker> workers(JsonNode status) {
    List<Worker> workers = new ArrayList<>();
    for (JsonNode node : status.path("nodes")) {
      for (JsonNode worker : node.path("workers")) {
        if (node.path("presence").asText().equals("present")
            && worker.path("role").asText().equals("rollout")) {
          workers.add(
              new Worker(
                  worker.path("name").asText(),
                  node.path("node").asText(),
                  worker.path("activity").asText().equals("drained"),
                  worker.path("task").asText("")));
        }
      }
    }
    return workers;
  }

  private String expected(List<Worker> there) {
    return there.isEmpty()
        ? "a rollout worker; there is none"
        : NearestName.expectation(node, there.stream().map(Worker::plainName).distinct().toList());
  }

  private static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
