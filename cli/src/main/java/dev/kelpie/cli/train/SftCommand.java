package dev.kelpie.cli.train;

import dev.kelpie.cli.check.DataNotes;
import dev.kelpie.cli.check.ExperimentArguments;
import dev.kelpie.cli.check.PolicyNotes;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.NativeStart;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.cli.terminal.TerminalWriter;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.learner.Sft;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.runs.doctor.Examination;
import dev.kelpie.runs.doctor.RunFacts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kelpie sft}: supervised training on demonstrations, before reinforcement learning. */
@Command(
    name = "sft",
    description = "Train a policy on demonstrations: a JSONL column of prompts, one of responses.",
    footer = {"", "Example: kelpie sft configs/quickstart-sft.conf --out my-policy"})
public final class SftCommand implements Callable<Integer> {
  private static final int LINE_EVERY = 25;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the trained checkpoint, in Hugging Face's format.")
  private Path folder = Path.of("");

  @Option(
      names = "--overwrite",
      description = "Replace the weights of a checkpoint that is in DIR already.")
  private boolean overwrite;

  @Override
  public Integer call() throws IOException {
    LoadedExperiment loaded = arguments.load();
    RunInputs.policy(loaded);
    if (!overwrite && Files.exists(folder.resolve("model.safetensors"))) {
      throw new ConfigException(
          "--out: " + folder + " holds a checkpoint (expected: a new folder, or --overwrite)");
    }
    PrintWriter out = spec.commandLine().getOut();
    UnpackNotice.tell(out);
    NativeStart.inBackground();
    PolicyNotes.of(loaded.experiment(), RunInputs.policy(loaded)).forEach(out::println);
    Examination examination = new Examination(RunFacts.of(loaded.experiment()));
    try (JsonlPromptSource demonstrations =
        RunInputs.demonstrations(
            loaded.experiment(),
            new ReadOptions(MetadataColumns.NONE, ReadOptions.NO_HASH, ReadingLine.on(out)))) {
      DataNotes.dateWarning("data.path", demonstrations).ifPresent(out::println);
      long start = System.nanoTime();
      boolean terminal = Boolean.getBoolean("kelpie.terminal");
      Sft.run(
          loaded.experiment(),
          demonstrations,
          folder,
          (step, steps, loss, norm, rate) -> {
            Map<String, Double> numbers = Map.of("policy/loss", loss, "policy/grad_norm", norm);
            examination.add(new StepMetrics(step, numbers));
            boolean last = step == steps;
            if (terminal || last || step % LINE_EVERY == 0) {
              double seconds = (System.nanoTime() - start) / 1e9;
              Duration left = Duration.ofMillis((long) (seconds / step * (steps - step) * 1000));
              String line =
                  String.format(
                      Locale.ROOT,
                      "step %d/%d  loss %.4f  gradient norm %.3f  learning rate %.2e  %s left",
                      step,
                      steps,
                      loss,
                      norm,
                      rate,
                      TerminalProgress.words(left));
              if (terminal) {
                TerminalWriter.rewind(out);
              }
              out.print(terminal && !last ? line + "    " : line);
              if (!terminal || last) {
                out.println();
              }
              out.flush();
            }
          });
    }
    examination.alarms().forEach(alarm -> out.println("warning: doctor: " + alarm.line()));
    out.println("policy: " + folder);
    out.flush();
    return 0;
  }
}
