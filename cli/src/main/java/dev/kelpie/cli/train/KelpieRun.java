package dev.kelpie.cli.train;

import dev.kelpie.actors.Role;
import dev.kelpie.actors.RunNode;
import dev.kelpie.actors.RunSetup;
import dev.kelpie.cli.check.HostCertificates;
import dev.kelpie.cli.check.MessageSize;
import dev.kelpie.cli.check.Preflight;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.NativeCache;
import dev.kelpie.cli.track.MlflowTracker;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunControl;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.RunLock;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.SummaryFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A run in this process: starts an experiment, shows its metrics and samples, and takes requests.
 * {@code kelpie train} is one of its users; a program of your own is another, see {@code
 * examples/embedded}.
 *
 * <pre>{@code
 * try (KelpieRun run = KelpieRun.start(Path.of("quickstart.conf"), Map.of("run.steps", "20"))) {
 *   RunSummary summary = run.follow(step -> System.out.println(step.get("reward/mean")));
 * }
 * }</pre>
 *
 * <p>A run needs the JVM option {@code --add-opens=java.base/java.nio=ALL-UNNAMED}. One run at a
 * time in a process: the gradients of two would meet in one engine. There is no page and no
 * handling of Ctrl-C: {@code kelpie dashboard FOLDER} shows the run, and the program decides when
 * to stop.
 */
public final class KelpieRun implements AutoCloseable {
  private static final long LOOK_EVERY_MILLIS = 200;
  private static final AtomicBoolean UNDER_WAY = new AtomicBoolean();

  private final RunFolder folder;
  private final RunInputs inputs;
  private final List<String> notes;
  private final RunLock lock;
  private final boolean alone;
  private @Nullable RunNode node;
  private IterationOptions iterations = IterationOptions.DEFAULTS;
  private long resumedFrom;
  private Optional<MlflowTracker> tracker = Optional.empty();
  private boolean left;
  private boolean closed;

  private KelpieRun(
      RunFolder folder, RunInputs inputs, List<String> notes, RunLock lock, boolean alone) {
    this.folder = folder;
    this.inputs = inputs;
    this.notes = notes;
    this.lock = lock;
    this.alone = alone;
  }

  /**
   * Starts an experiment in a new folder {@code runs/NAME-UTCTIME}. Returns when models and data
   * are open; the run continues on threads of its own.
   *
   * @param config experiment file
   * @param overrides values by key, as given to {@code kelpie train} by -D
   * @throws dev.kelpie.config.ConfigException on anything wrong, in one line
   * @throws IllegalStateException while another run is under way in this process
   */
  public static KelpieRun start(Path config, Map<String, String> overrides) throws IOException {
    return start(RunArguments.of(config, null, null), overrides);
  }

  /** The same in {@code folder}, which must not exist. */
  public static KelpieRun start(Path config, Map<String, String> overrides, Path folder)
      throws IOException {
    return start(RunArguments.of(config, folder, null), overrides);
  }

  /**
   * Resumes the run in {@code folder} from its newest complete checkpoint; likewise otherwise.
   *
   * @param overrides values that change, such as more {@code run.steps}
   */
  public static KelpieRun resume(Path folder, Map<String, String> overrides) throws IOException {
    return start(RunArguments.of(null, null, folder), overrides);
  }

  private static KelpieRun start(RunArguments arguments, Map<String, String> overrides)
      throws IOException {
    if (!UNDER_WAY.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "a run is under way in this process (expected: one at a time; close it first)");
    }
    try {
      List<String> changes = new ArrayList<>();
      overrides.forEach((key, value) -> changes.add(key + "=" + value));
      return startAlone(arguments, changes);
    } catch (IOException | RuntimeException | Error e) {
      UNDER_WAY.set(false);
      throw e;
    }
  }

  private static KelpieRun startAlone(RunArguments arguments, List<String> changes)
      throws IOException {
    NativeCache.choose();
    LoadedExperiment loaded = arguments.load(changes, "");
    Preflight.engine(loaded);
    LoadedExperiment startable = arguments.startable(loaded, changes);
    RunInputs.requireRoom(startable);
    HostCertificates.require(startable.experiment());
    Ports.requireFree(loaded);
    RunInputs inputs = arguments.inputs(startable, new PrintWriter(Writer.nullWriter()));
    KelpieRun run;
    try {
      if (!loaded.experiment().cluster().roles().isEmpty()) {
        MessageSize.requireFits(loaded, inputs);
      }
      RunFolder folder = arguments.folder(loaded, "kelpie train");
      run = new KelpieRun(folder, inputs, arguments.dataNotes(), RunLock.take(folder), true);
    } catch (IOException | RuntimeException e) {
      inputs.close();
      throw e;
    }
    try {
      run.record(loaded);
      run.begin(inputs.setup(run.folder, arguments.resumes()));
      return run;
    } catch (IOException | RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /**
   * Takes the folder of a run, which {@link #begin} starts.
   *
   * @param notes what the comparison of a resumed run's data had to say
   */
  static KelpieRun take(RunFolder folder, RunInputs inputs, List<String> notes) throws IOException {
    return new KelpieRun(folder, inputs, notes, RunLock.take(folder), false);
  }

  /** Keeps the experiment in the folder. */
  void record(LoadedExperiment loaded) throws IOException {
    NewRun.record(folder, loaded);
  }

  /** Starts the run. */
  void begin(RunSetup setup) throws IOException {
    DataComparison.record(folder, inputs);
    RunNode started = RunNode.start(setup.noting(notes));
    iterations = setup.experiment().iterations();
    resumedFrom = started.view().progress().step();
    node = started;
    if (setup.roles().contains(Role.LEARNER)) {
      tracker = MlflowTracker.start(setup.experiment(), folder, started, resumedFrom);
    }
  }

  /** The part of the run that is this process. */
  RunNode node() {
    if (node == null) {
      throw new IllegalStateException("the run was not begun");
    }
    return node;
  }

  /** The run's folder: {@code metrics.jsonl}, checkpoints and all other files. */
  public Path folder() {
    return folder.root();
  }

  /** State of the run as it is now: phase and step, metrics, events, actors. */
  public RunView view() {
    return node().view();
  }

  /** Takes requests to pause, continue, save or stop; each returns at once. */
  public RunControl control() {
    return node().control();
  }

  /** How the run ended, as soon as it has; never completes exceptionally. */
  public CompletionStage<RunSummary> done() {
    return node().done();
  }

  /**
   * The samples that a step was trained on: prompts, responses, log-probabilities and scores, one
   * group for each prompt.
   *
   * @param step a step that {@link #follow} has reported; the file of a step comes a moment after
   *     its metrics in {@link #view}
   * @throws RuntimeException when the folder has no whole file of it
   */
  public List<TrajectoryGroup> samples(long step) {
    return new SampleFiles(folder.rollouts()).read(step).groups();
  }

  /**
   * Calls {@code listener} with the metrics of each step of this process, in their order, as soon
   * as its {@link #samples} can be read, until the run is over; then does what {@link #await} does.
   * Held-out numbers of a step may come later: {@link #view} has them. The listener is called on
   * this thread and may take its time: the run does not wait for it.
   */
  public RunSummary follow(Consumer<StepMetrics> listener)
      throws IOException, InterruptedException {
    CompletableFuture<RunSummary> end = done().toCompletableFuture();
    SampleFiles files = new SampleFiles(folder.rollouts());
    long seen = resumedFrom;
    while (!waited(end)) {
      seen = report(view().metrics(seen + 1), files.steps(), seen, listener);
    }
    RunSummary summary = await();
    report(view().metrics(seen + 1), files.steps(), seen, listener);
    return summary;
  }

  /** Reports the steps up to the first one whose samples lack; returns the last one reported. */
  private long report(
      List<StepMetrics> steps, Set<Long> readable, long seen, Consumer<StepMetrics> listener) {
    long last = seen;
    for (StepMetrics step : steps) {
      boolean own = iterations.samples(step.step()); // else trained on those of an earlier step
      if (own && !readable.contains(step.step())) {
        return last;
      }
      listener.accept(step);
      last = step.step();
    }
    return last;
  }

  /** Waits a moment; returns whether the run is over. */
  private static boolean waited(CompletableFuture<RunSummary> end) throws InterruptedException {
    try {
      end.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // the node promises not to
    }
  }

  /**
   * Waits until the run is over, gives its memory back and writes {@code summary.json}.
   *
   * @throws IOException when that file cannot be written; the run itself is whole
   */
  public RunSummary await() throws IOException, InterruptedException {
    try {
      RunSummary summary = done().toCompletableFuture().get();
      if (!left) {
        leave();
        List<String> all = new ArrayList<>(notes);
        all.addAll(inputs.notes());
        SummaryFile.write(folder, summary, all);
      }
      return summary;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // the node promises not to
    }
  }

  private void leave() {
    if (!left && node != null) {
      node.close();
      tracker.ifPresent(MlflowTracker::close);
    }
    left = true;
  }

  /**
   * Leaves the run and gives all memory back. A run that is not over ends without a checkpoint of
   * its last steps, and {@link #resume} continues from its newest one; {@link RunControl#stop} and
   * {@link #await} before it save first.
   */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (lock;
        inputs) {
      leave();
    } finally {
      if (alone) {
        UNDER_WAY.set(false);
      }
    }
  }
}
