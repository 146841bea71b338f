package dev.kelpie.cli.sweep;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.KebabCase;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * {@code sweep.json}: the result of a sweep, for programs. A number that does not exist is null.
 */
final class SweepJson {
  static final String NAME = "sweep.json";
  private static final int FORMAT = 1;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private SweepJson() {}

  static void write(SweepResult result) throws IOException {
    Path folder = result.plan().folder();
    AtomicFile.write(folder.resolve(NAME), JSON.writeValueAsString(json(result)) + "\n");
  }

  private static ObjectNode json(SweepResult result) {
    SweepFile sweep = result.plan().sweep();
    ObjectNode json = JSON.createObjectNode().put("format", FORMAT);
    json.put("sweep", sweep.file().toAbsolutePath().normalize().toString());
    json.put("experiment", sweep.experiment().toString());
    json.put("metric", sweep.options().metric());
    json.put("goal", KebabCase.of(sweep.options().goal()));
    json.put("finished", result.isFinished());
    for (CellResult cell : result.cells()) {
      ObjectNode node = json.withArray("cells").addObject().put("name", cell.cell().name());
      ObjectNode settings = node.putObject("settings");
      cell.cell().settings().forEach(settings::put);
      put(node, "mean", cell.value().mean());
      put(node, "std", cell.value().deviation());
      for (RunResult run : cell.runs()) {
        add(node.withArray("runs").addObject(), run, result.plan().folder());
      }
    }
    return json;
  }

  private static void add(ObjectNode node, RunResult run, Path folder) {
    node.put("seed", run.run().seed());
    node.put("folder", folder.toAbsolutePath().relativize(run.run().folder().root()).toString());
    node.put("status", run.status());
    run.error().ifPresent(error -> node.put("error", error));
    node.put("steps", run.steps());
    put(node, "held-out-before", run.before());
    put(node, "held-out-after", run.after());
    put(node, "value", run.value());
    node.put("samples", run.samples());
    put(node, "seconds", run.seconds());
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }
}
