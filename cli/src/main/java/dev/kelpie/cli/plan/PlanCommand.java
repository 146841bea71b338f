package dev.kelpie.cli.plan;

import dev.kelpie.actors.simulation.Forecast;
import dev.kelpie.actors.simulation.MeasuredRun;
import dev.kelpie.actors.simulation.Rates;
import dev.kelpie.actors.simulation.Recommendation;
import dev.kelpie.cli.check.ExperimentArguments;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kelpie plan}: what an experiment would take on other machines. */
@Command(
    name = "plan",
    description = {
      "Predict step time, idle workers, staleness, broadcast time and cost of an experiment by the",
      "times of former runs, and recommend settings. The coordinator's own decisions are"
          + " simulated,",
      "not estimated. Evaluations are left out."
    },
    footer = {
      "",
      "Example: kelpie plan configs/quickstart.conf --rates runs/RUN",
      "Example: kelpie plan configs/quickstart.conf --rates runs/RUN --rollout-workers 256"
    })
public final class PlanCommand implements Callable<Integer> {
  private static final double BUSY = 0.85;
  private static final int MOST_WORKERS = 10_000;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--rates",
      paramLabel = "RUN",
      description =
          "Folder of a run whose times are used; repeatable. Runs of several group sizes"
              + " and lengths tell fixed costs from others.")
  private List<Path> rates = new ArrayList<>();

  @Option(
      names = "--rollout-workers",
      paramLabel = "N",
      description =
          "Rollout workers on machines of their own (default: those of the experiment, on"
              + " the learner's machine).")
  private int workers;

  @Option(
      names = "--workers-per-host",
      paramLabel = "N",
      description = "Rollout workers of a machine, with --rollout-workers (default: 1).")
  private int perHost = 1;

  @Option(
      names = "--link",
      paramLabel = "MB/S",
      description = "Rate of a machine's network (default: 125, a gigabit per second).")
  private double link = 125;

  @Option(
      names = "--learner-speed",
      paramLabel = "FACTOR",
      description = "How much faster than measured the learner is (default: 1).")
  private double learnerSpeed = 1;

  @Option(
      names = "--price",
      paramLabel = "AMOUNT",
      description = "Price of a rollout worker's hour, for the cost of a step.")
  private double price;

  @Option(
      names = "--learner-price",
      paramLabel = "AMOUNT",
      description = "Price of the learner's hour (default: that of a worker).")
  private double learnerPrice = Double.NaN;

  @Option(
      names = "--failures",
      paramLabel = "CHANCE",
      description =
          "Chance that a machine fails in the time of a step; adds the effective training"
              + " time.")
  private double failures;

  @Option(
      names = "--learner-failures",
      paramLabel = "SHARE",
      description =
          "Share of the failures that hit the learner's machine (default: one machine of"
              + " all).")
  private double learnerFailures = Double.NaN;

  @Option(
      names = "--restart",
      paramLabel = "SECONDS",
      description = "Time until a process is back after its machine failed (default: 60).")
  private double restart = 60;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps to simulate (default: 12; 300 with --failures).")
  private int steps;

  @Option(
      names = "--as-configured",
      description = "Predict the experiment's settings only; recommend none.")
  private boolean asConfigured;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    Experiment experiment = arguments.load().experiment();
    requireOptions(experiment);
    Rates measured = Rates.of(rates.stream().map(MeasuredRun::read).toList());
    requireThreads("rollout.threads", experiment.rollout().threads(), measured.rolloutThreads());
    requireThreads("learner.threads", experiment.learner().threads(), measured.learnerThreads());
    Plan plan = plan(experiment, measured);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(PlanText.json(plan).toPrettyString());
    } else {
      PlanText.lines(plan).forEach(out::println);
    }
    out.flush();
    return 0;
  }

  private Plan plan(Experiment experiment, Rates measured) {
    int cores = Runtime.getRuntime().availableProcessors();
    boolean own = workers > 0;
    Forecast.Machines machines =
        new Forecast.Machines(
            own ? workers : experiment.rollout().workers(),
            own ? perHost : 0,
            cores,
            link * 1e6,
            learnerSpeed);
    int simulated = steps > 0 ? steps : 12;
    Forecast given = Forecast.of(experiment, measured, machines, simulated);
    Optional<Recommendation> recommended =
        asConfigured
            ? Optional.empty()
            : Optional.of(Recommendation.of(experiment, measured, machines, simulated, 2, BUSY));
    Optional<Forecast> faulty = Optional.empty();
    if (failures > 0) {
      int hosts = own ? (workers + perHost - 1) / perHost : 1;
      double share = Double.isNaN(learnerFailures) ? 1.0 / (hosts + 1) : learnerFailures;
      faulty =
          Optional.of(
              Forecast.of(
                  experiment,
                  measured,
                  machines,
                  steps > 0 ? steps : 300,
                  new Forecast.Failures(failures, share, restart),
                  given.stepSeconds()));
    }
    return new Plan(
        experiment,
        rates,
        measured,
        machines,
        given,
        recommended,
        faulty,
        price,
        Double.isNaN(learnerPrice) ? price : learnerPrice);
  }

  private void requireOptions(Experiment experiment) {
    if (rates.isEmpty()) {
      throw new ConfigException(
          "--rates: missing (expected: the folder of a run whose times are used; a short one is"
              + " made by: kelpie train CONFIG -D run.steps=8 -D eval.path= --run-dir runs/rates)");
    }
    require(workers >= 0 && workers <= MOST_WORKERS, "--rollout-workers", workers, "1 to 10000");
    require(perHost >= 1, "--workers-per-host", perHost, "at least 1");
    require(link > 0, "--link", link, "more than 0");
    require(learnerSpeed > 0, "--learner-speed", learnerSpeed, "more than 0");
    require(price >= 0, "--price", price, "at least 0");
    require(!(learnerPrice < 0), "--learner-price", learnerPrice, "at least 0");
    require(failures >= 0 && failures < 1, "--failures", failures, "at least 0, less than 1");
    require(
        !(learnerFailures < 0) && !(learnerFailures > 1),
        "--learner-failures",
        learnerFailures,
        "0 to 1");
    require(restart > 0, "--restart", restart, "more than 0");
    require(steps == 0 || (steps >= 4 && steps <= 100_000), "--steps", steps, "4 to 100000");
    if (experiment.rollout().fromFile()
        || experiment.rollout().groupSize() == 0
        || !experiment.members().isEmpty()) {
      throw new ConfigException(
          "kelpie plan: the experiment has responses that its policy does not sample (expected:"
              + " rollout.engine = djl, rollout.group-size of at least 1 and no members)");
    }
  }

  private static void require(boolean fine, String option, double value, String expected) {
    if (!fine) {
      String shown =
          value == Math.rint(value)
              ? String.format(Locale.ROOT, "%.0f", value)
              : String.valueOf(value);
      throw new ConfigException(option + ": " + shown + " (expected: " + expected + ")");
    }
  }

  private static void requireThreads(String key, int asked, int measured) {
    if (asked != measured) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: %d (expected: %d, as in the measured runs; times do not follow from the number"
                  + " of threads)",
              key,
              asked,
              measured));
    }
  }
}
