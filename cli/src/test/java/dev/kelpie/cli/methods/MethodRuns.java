package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.cli.AnsweredPage;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.JudgeServer;
import dev.kelpie.cli.ScriptedLabeller;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.label.QueueFile;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs of the experiment of one method, as small as its assertion allows. */
final class MethodRuns implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final List<String> SIZES =
      List.of(
          "eval.path=",
          "dashboard.enabled=false",
          "rollout.prompts-per-step=4",
          "rollout.group-size=4",
          "learner.minibatches=1",
          "checkpoint.every=1");

  private final Method method;
  private final Path folder;
  private final Optional<JudgeServer> judge;
  private final List<String> own;
  private final Map<List<String>, Recorded> runs = new HashMap<>();

  /** Runs that go into {@code folder}. */
  MethodRuns(Method method, Path folder) throws IOException {
    this.method = method;
    this.folder = folder;
    this.judge =
        method.judge().isPresent()
            ? Optional.of(JudgeServer.start(method.judge().get()))
            : Optional.empty();
    this.own = new ArrayList<>(method.settings());
    judge.ifPresent(server -> own.add("models.judge.url=" + server.url()));
  }

  /** What the judge was asked by all runs so far. */
  List<String> asked() {
    return List.copyOf(judge.orElseThrow().asked());
  }

  @Override
  public void close() {
    judge.ifPresent(JudgeServer::close);
  }

  /** Checks the experiment as its user would. */
  void validate() {
    if (method.rewardModel()) {
      return; // kelpie reward-model itself checks everything before it begins
    }
    List<String> arguments = new ArrayList<>(List.of("validate", file(method.id())));
    settings(arguments, List.of(SIZES, prompts(method.id()), own));
    CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(run.code()).as(run.out() + run.err()).isZero();
  }

  /** Two steps. */
  Recorded whole() {
    return with();
  }

  /** The same with further settings. */
  Recorded with(String... settings) {
    return runs.computeIfAbsent(
        List.of(settings), key -> train("run-" + runs.size(), steps(2, key)));
  }

  /** Two steps of online DPO at the same sizes, with the method's settings left out. */
  Recorded dpo(String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add("algorithm.preset=online-dpo");
    return plain(all.toArray(String[]::new));
  }

  /** Two steps of what the methods share, {@code task.conf}, with {@code settings}. */
  Recorded plain(String... settings) {
    return of("task", settings);
  }

  /** Two steps of the shared experiment without a reward, on a file of the methods. */
  Recorded bare(String data, String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add(0, "data.path=" + Shipped.configs().resolve("methods/" + data));
    return of("bare", all.toArray(String[]::new));
  }

  private Recorded of(String file, String... settings) {
    List<String> key = new ArrayList<>(List.of(file));
    key.addAll(List.of(settings));
    return runs.computeIfAbsent(
        key,
        k -> {
          List<String> all = new ArrayList<>(List.of("run.steps=2"));
          all.addAll(List.of(settings));
          return train(file, "run-" + runs.size(), List.of(), all);
        });
  }

  /** One step, then the second by a resume. */
  Recorded resumed() {
    if (method.rewardModel()) {
      return new ScorerRuns(method, folder).resumed("parts", settings(steps(2, List.of())));
    }
    Recorded parts = train("parts", steps(1, List.of()));
    resume(parts, 2 * method.stepsPerIteration());
    return parts;
  }

  /** The first step; then, for each further step, people answer what the run waits for. */
  Recorded answered(int steps, ScriptedLabeller.Judge judge) throws Exception {
    Recorded run = train("answered", steps(1, List.of()));
    for (int step = 2; step <= steps; step++) {
      try (AnsweredPage page = AnsweredPage.over(run.folder())) {
        int waiting = new QueueFile(new RunFolder(run.folder())).read().waiting().size();
        ScriptedLabeller.at(page.url(), "person-" + step, judge).answer(waiting);
      }
      resume(run, step);
    }
    return run;
  }

  private static void resume(Recorded run, int steps) {
    CommandLineRun resumed =
        CommandLineRun.of("train", "--resume", run.folder().toString(), "-D", "run.steps=" + steps);
    assertThat(resumed.code()).as(resumed.out() + resumed.err()).isZero();
  }

  /** Those of a reward model's training. */
  private List<String> settings(List<String> more) {
    List<String> all = new ArrayList<>(method.settings());
    if (written().hasPath("reward-model.meta.path")) {
      all.add("reward-model.meta.path=" + sampled().folder());
    }
    all.addAll(more);
    return all;
  }

  /** A step of what the methods share, for the responses that a reward model is given. */
  Recorded sampled() {
    Path run = folder.resolve("sampled");
    return Files.exists(run)
        ? new Recorded(run)
        : train("task", "sampled", List.of(), List.of("run.steps=1"));
  }

  private Config written() {
    return ConfigFactory.parseFile(new File(file(method.id())));
  }

  private List<String> steps(int iterations, List<String> settings) {
    List<String> all = new ArrayList<>(settings);
    if (method.stepsPerIteration() == 0) {
      return all; // weights that no updates lead to
    }
    String key = method.rewardModel() ? "reward-model.steps=" : "run.steps=";
    all.add(0, key + iterations * method.stepsPerIteration());
    return all;
  }

  private Recorded train(String name, List<String> settings) {
    return train(method.id(), name, own, settings);
  }

  private Recorded train(String file, String name, List<String> first, List<String> settings) {
    Path run = folder.resolve(name);
    if (method.rewardModel() && file.equals(method.id())) {
      return new ScorerRuns(method, folder).train(name, settings(settings));
    }
    List<String> arguments =
        new ArrayList<>(List.of("train", file(file), "--run-dir", run.toString()));
    settings(arguments, List.of(SIZES, prompts(file), first, settings));
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.out() + terminal.err()).isZero();
    return new Recorded(run);
  }

  /** Fewer prompts for an experiment on those of the quickstart. */
  private List<String> prompts(String experiment) {
    String path =
        ConfigFactory.parseFile(new File(file(experiment)))
            .withFallback(ConfigFactory.parseString("data.path = \"\""))
            .getString("data.path");
    if (!path.endsWith("quickstart/train.jsonl")) {
      return List.of();
    }
    try {
      return List.of("data.path=" + Shipped.fewPrompts(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void settings(List<String> arguments, List<List<String>> lists) {
    for (List<String> some : lists) {
      for (String setting : some) {
        arguments.add("-D");
        arguments.add(setting);
      }
    }
  }

  /** The rows of a data file of the methods by their prompts. */
  static Map<String, JsonNode> rows(String file) {
    try {
      Map<String, JsonNode> rows = new HashMap<>();
      for (String line : Files.readAllLines(Shipped.configs().resolve("methods/" + file))) {
        JsonNode row = JSON.readTree(line);
        rows.put(row.path("prompt").asText(), row);
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String file(String name) {
    return Shipped.configs().resolve("methods/" + name + ".conf").toString();
  }
}
