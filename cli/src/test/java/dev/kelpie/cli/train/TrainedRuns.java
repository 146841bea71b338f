package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Short runs of shipped experiments, each in a folder of its name, and what they leave behind.
 *
 * @param common overrides of all runs
 */
record TrainedRuns(Path folder, List<String> common) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  TrainedRuns {
    common = List.copyOf(common);
  }

  /** The folder of a run. */
  Path of(String run) {
    return folder.resolve(run);
  }

  /** Trains a shipped experiment; returns what it printed. */
  CommandLineRun run(String run, String config, String... overrides) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                Shipped.configs().resolve(config).toString(),
                "--run-dir",
                of(run).toString()));
    common.forEach(override -> arguments.addAll(List.of("-D", override)));
    List.of(overrides).forEach(override -> arguments.addAll(List.of("-D", override)));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  /** The same for a run that must succeed; its summary. */
  JsonNode train(String run, String config, String... overrides) throws IOException {
    CommandLineRun terminal = run(run, config, overrides);
    assertThat(terminal.code()).as(terminal.err()).isZero();
    return summary(run);
  }

  /** Resumes a run up to a step, which must succeed; its summary. */
  JsonNode resume(String run, long steps) throws IOException {
    CommandLineRun terminal =
        CommandLineRun.of("train", "--resume", of(run).toString(), "-D", "run.steps=" + steps);
    assertThat(terminal.code()).as(terminal.err()).isZero();
    return summary(run);
  }

  JsonNode summary(String run) throws IOException {
    return JSON.readTree(of(run).resolve("summary.json").toFile());
  }

  /** A number of a step. */
  double metric(String run, long step, String name) throws IOException {
    for (String line : Files.readAllLines(of(run).resolve("metrics.jsonl"))) {
      JsonNode numbers = JSON.readTree(line);
      if (numbers.path("step").asLong() == step && numbers.has(name)) {
        return numbers.get(name).asDouble();
      }
    }
    throw new AssertionError("no " + name + " in " + run);
  }

  /** The journal's events of a kind, in order. */
  List<JsonNode> journalled(String run, String kind) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    try (var segments = Files.list(of(run).resolve("events"))) {
      for (Path segment : segments.sorted().toList()) {
        for (String line : Files.readAllLines(segment)) {
          JsonNode event = JSON.readTree(line).path("event");
          if (event.path("kind").asText().equals(kind)) {
            events.add(event);
          }
        }
      }
    }
    return events;
  }
}
