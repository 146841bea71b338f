package dev.kelpie.cli.check;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.file.LoadedExperiment;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kelpie validate}: runs all checks before a run. */
@Command(
    name = "validate",
    description = "Check an experiment, its data, policy and reward before a run.",
    footer = {"", "Example: kelpie validate configs/quickstart.conf -D run.steps=20"})
public final class ValidateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--ask",
      description = "Ask judges and rewards of servers once, for a real verdict; may cost money.")
  private boolean ask;

  @Override
  public Integer call() {
    LoadedExperiment loaded = arguments.load();
    PrintWriter out = spec.commandLine().getOut();
    UnpackNotice.tellOfTokenizers(spec.commandLine().getErr());
    List<Preflight.Finding> findings =
        Preflight.check(loaded, ReadingLine.on(spec.commandLine().getErr()), ask);
    findings.forEach(finding -> out.println(finding.line()));
    Preflight.warnings(loaded).forEach(out::println);
    out.flush();
    return findings.stream().allMatch(Preflight.Finding::passed) ? 0 : Failures.BAD_INPUT;
  }
}
