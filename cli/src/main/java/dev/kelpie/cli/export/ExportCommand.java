package dev.kelpie.cli.export;

import dev.kelpie.cli.policy.PolicyFolder;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Goal;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.Sizes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
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

/** {@code kelpie export}: writes a policy for other programs, with a model card. */
@Command(
    name = "export",
    description = {
      "Write the policy of a run as a folder in Hugging Face's format: safetensors, tokenizer,"
          + " chat",
      "template, generation config, and a model card (README.md) with configuration, data, curves"
          + " and",
      "held-out numbers. For a run, its newest complete checkpoint is used. An adapter is written"
          + " in",
      "PEFT's format, or merged into its base. The folder appears under its name when it is"
          + " complete."
    },
    footer = {
      "",
      "Example: kelpie export runs/RUN --to my-model --dtype bf16",
      "Example: kelpie export runs/RUN --to my-model --best eval/reward/mean",
      "Example: kelpie export runs/LORA-RUN --to my-model --merge"
    })
public final class ExportCommand implements Callable<Integer> {
  /** Number formats by the names that people use. */
  enum Dtype {
    BF16("BF16"),
    FP16("F16"),
    FP32("F32");

    private final String stored;

    Dtype(String stored) {
      this.stored = stored;
    }

    /** The name in safetensors files. */
    String stored() {
      return stored;
    }
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "RUN|DIR",
      description = "Run folder, or checkpoint folder in Hugging Face's format.")
  private Path target = Path.of("");

  @Option(names = "--to", paramLabel = "DIR", required = true, description = "Folder to write.")
  private Path folder = Path.of("");

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "FP32",
      description =
          "Number format of the weights: bf16, fp16 or fp32, in which a run keeps them (default:"
              + " fp32).")
  private Dtype dtype = Dtype.FP32;

  @Option(
      names = "--merge",
      description = "Of an adapter: write its base with the adapter merged in, W + s B A.")
  private boolean merge;

  @Option(
      names = "--base",
      paramLabel = "NAME",
      description =
          "Of an adapter: what adapter_config.json calls its base, such as ORGANISATION/MODEL"
              + " (default: the folder of the base).")
  private @Nullable String base;

  @Option(
      names = "--best",
      paramLabel = "METRIC",
      description = "Of a run: the checkpoint with the best value of METRIC among those it has.")
  private @Nullable String best;

  @Option(
      names = "--goal",
      paramLabel = "GOAL",
      description =
          "Which value of METRIC is better: max or min (default: checkpoint.goal of the run).")
  private @Nullable Goal goal;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE",
      description = "Jinja template to use instead of the policy's own.")
  private @Nullable Path template;

  @Option(
      names = "--pad-token",
      paramLabel = "TOKEN",
      description = "Padding token to use instead of the policy's own: one of its tokenizer.")
  private @Nullable String pad;

  @Option(names = "--overwrite", description = "Replace the model folder DIR.")
  private boolean overwrite;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (best == null && goal != null) {
      throw new ConfigException("--goal: given (expected: only with --best)");
    }
    Path policy =
        best == null
            ? PolicyFolder.of(target, out::println)
            : new MeasuredCheckpoints(run()).best(best, Optional.ofNullable(goal));
    ExportSource source = ExportSource.of(policy);
    Changes changes = new Changes(Optional.ofNullable(template), Optional.ofNullable(pad));
    ExportTarget to = new ExportTarget(folder, overwrite);
    to.require(policy);
    source.base().ifPresent(to::requireOutside);
    Optional<String> adapter = adapterOf(source);
    UnpackNotice.tell(out);
    to.write(new ExportWriter(source, dtype, changes, adapter)::write);
    out.printf(
        Locale.ROOT,
        "%s: %s in %s, %.1f MB%n",
        RunFolder.shown(folder),
        source.words(),
        dtype.name().toLowerCase(Locale.ROOT),
        Sizes.below(folder) / 1e6);
    out.flush();
    return 0;
  }

  /** What the base is called in the settings of the adapter, if one is written. */
  private Optional<String> adapterOf(ExportSource source) {
    if (source.base().isEmpty() && (merge || base != null)) {
      throw new ConfigException(
          (merge ? "--merge" : "--base") + ": given (expected: only for an adapter)");
    }
    if (merge && base != null) {
      throw new ConfigException("--base: " + base + " (expected: none with --merge)");
    }
    return merge
        ? Optional.empty()
        : source.base().map(own -> base != null ? base : own.toAbsolutePath().toString());
  }

  private RunFolder run() {
    RunFolder run = new RunFolder(target);
    if (!Files.exists(run.experimentFile())) {
      throw new ConfigException(
          "--best: " + target + " is no run folder (expected: one with experiment.conf)");
    }
    return run;
  }
}
