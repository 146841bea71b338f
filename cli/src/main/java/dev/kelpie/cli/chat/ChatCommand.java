package dev.kelpie.cli.chat;

import dev.kelpie.cli.policy.PolicyFolder;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.InterruptHandler;
import dev.kelpie.cli.terminal.NativeStart;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.experience.Sampling;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.model.merged.PolicyWeights;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.rollout.RolloutEngines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie chat}: talks to a checkpoint. */
@Command(
    name = "chat",
    description = {
      "Chat with a checkpoint; answers are printed token by token. For a run, its newest complete",
      "checkpoint is used. Lines from a pipe are answered one after the other.",
      "/reset starts a new conversation, /quit or Ctrl-D ends the chat, Ctrl-C stops an answer."
    },
    footer = {
      "",
      "Example: kelpie chat runs/RUN --temperature 0",
      "Example: kelpie chat SmolLM2-135M-Instruct --system \"Answer in one sentence.\""
    })
public final class ChatCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "RUN|DIR",
      description = "Run folder, or checkpoint folder in Hugging Face's format.")
  private Path target = Path.of("");

  @Option(names = "--best", description = "Of a run: its best checkpoint (checkpoint.best).")
  private boolean best;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0.7",
      description = "0 takes the likeliest token (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Draw among the K likeliest tokens; 0: all (default: ${DEFAULT-VALUE}).")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Draw among the likeliest of total probability P (default: ${DEFAULT-VALUE}).")
  private double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      defaultValue = "0",
      description = "Drop tokens below P times the likeliest (default: ${DEFAULT-VALUE}).")
  private double minP;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Longest answer in tokens (default: ${DEFAULT-VALUE}).")
  private int maxNewTokens;

  @Option(names = "--system", paramLabel = "TEXT", description = "System message.")
  private @Nullable String system;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The same seed and lines give the same answers (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "Native threads (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Override
  public Integer call() throws IOException {
    PrintWriter notes = spec.commandLine().getErr();
    Sampling sampling = sampling();
    if (threads < 1) {
      throw new ConfigException("--threads: " + threads + " (expected: at least 1)");
    }
    Path found = best ? PolicyFolder.best(target) : PolicyFolder.of(target, notes::println);
    Optional<Path> adapter = AdapterFolder.is(found) ? Optional.of(found) : Optional.empty();
    Path policy = adapter.map(AdapterFolder::base).orElse(found);
    ModelConfig config = languageModel(policy);
    Optional<ChatTemplate> template = ChatTemplate.open(policy);
    if (system != null && template.isEmpty()) {
      throw new ConfigException(
          "--system: " + policy + " has no chat template (expected: a checkpoint with one)");
    }
    UnpackNotice.tell(notes);
    NativeStart.inBackground();
    notes.println(
        "policy: "
            + policy
            + adapter.map(own -> ", adapter: " + own).orElse("")
            + (template.isPresent()
                ? ""
                : "\nno chat template: each line is continued as plain text, by itself"));
    notes.flush();
    try (Tokenizer tokenizer = Tokenizer.open(policy);
        RolloutEngine engine = RolloutEngines.open(policy, rollout());
        PolicyWeights weights = PolicyWeights.open(policy, adapter)) {
      engine.load(weights);
      Conversation conversation =
          new Conversation(
              tokenizer,
              template,
              Optional.ofNullable(system),
              config.maxPositions(),
              maxNewTokens);
      boolean interactive =
          Boolean.getBoolean("kelpie.terminal") && Boolean.getBoolean("kelpie.keyboard");
      PrintWriter out = spec.commandLine().getOut();
      return talk(
          new Chat(engine, tokenizer, conversation, sampling, seed, interactive, out, notes),
          interactive,
          notes);
    }
  }

  private static ModelConfig languageModel(Path policy) {
    ModelConfig config = ModelConfig.open(policy);
    if (config.labels() > 0) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: %s gives scores (expected: a model that writes text)",
              policy,
              config.architecture()));
    }
    return config;
  }

  private static int talk(Chat chat, boolean interactive, PrintWriter notes) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    if (!interactive) {
      return chat.run(lines) ? 0 : Failures.BAD_INPUT;
    }
    notes.println("/help tells more");
    notes.flush();
    try (InterruptHandler handled = InterruptHandler.runs(chat::interrupt)) {
      chat.run(lines);
      return 0;
    }
  }

  private Sampling sampling() {
    try {
      return new Sampling(temperature, topK, topP, minP, maxNewTokens, false);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--" + e.getMessage());
    }
  }

  private RolloutOptions rollout() {
    RolloutOptions usual = RolloutOptions.DEFAULTS;
    return new RolloutOptions(
        1,
        threads,
        1,
        1,
        0,
        usual.temperature(),
        usual.topK(),
        usual.topP(),
        usual.minP(),
        maxNewTokens,
        false,
        usual.precision(),
        usual.engine());
  }
}
