package dev.kelpie.experience;

import java.nio.file.Path;

/** Paths of everything that a run leaves on disk. Names only: nothing here touches the disk. */
public record RunFolder(Path root) {
  public RunFolder {
    root = root.toAbsolutePath().normalize();
  }

  /** The resolved experiment, with seed and commit. */
  public Path experimentFile() {
    return root.resolve("experiment.conf");
  }

  /** The resolved experiment as stage {@code stage}, from 1, of its iterations has it. */
  public Path stageFile(int stage) {
    return root.resolve("experiment-stage-" + stage + ".conf");
  }

  /** Locked by the learner's process while it runs; holds the id of that process. */
  public Path lockFile() {
    return root.resolve("lock");
  }

  /** The journal's segments, {@code NNNNNN.jsonl}. */
  public Path events() {
    return root.resolve("events");
  }

  /**
   * Events of the run that were reported to people, one JSON object per line: {@code time}
   * (ISO-8601), {@code level}, {@code source}, {@code text}.
   */
  public Path runEventsFile() {
    return root.resolve("run-events.jsonl");
  }

  /**
   * Last known state of the actors, one JSON object: {@code actors}, {@code links} and {@code
   * ledger} as in {@link RunView}, {@code timelines} by actor. Written when the run's process ends.
   */
  public Path actorsFile() {
    return root.resolve("actors.json");
  }

  /**
   * Address of a run while it is running, one JSON object: {@code seed}, the {@code HOST:PORT} of
   * its learner's process.
   */
  public Path clusterFile() {
    return root.resolve("cluster.json");
  }

  /** The run's place on the server that tracks it, one JSON object. */
  public Path trackingFile() {
    return root.resolve("tracking.json");
  }

  /** Answers of people about the responses of the run, one JSON object per line. */
  public Path labelsFile() {
    return root.resolve("labels.jsonl");
  }

  /** The pairs that wait for people and those that have joined a step, one JSON object per line. */
  public Path queueFile() {
    return root.resolve("queue.jsonl");
  }

  /** Output of each process of a run that spans several, one file each. */
  public Path logs() {
    return root.resolve("logs");
  }

  /** What can be fetched or computed again. */
  public Path cache() {
    return root.resolve("cache");
  }

  /** Log-probabilities of texts of files, of one process; others have another {@code number}. */
  public Path logprobs(int number) {
    return cache().resolve("logprobs-" + number + ".bin");
  }

  /** Answers of judges, which are asked for once; files of one process each. */
  public Path judgements() {
    return root.resolve("judgements");
  }

  /**
   * Which judgements the reward model that is trained in the loop learned from in which step, and
   * its scores, one JSON object per step.
   */
  public Path annotationsFile() {
    return root.resolve("annotations.jsonl");
  }

  /** Generated trajectories as Arrow files. */
  public Path rollouts() {
    return root.resolve("rollouts");
  }

  /** One JSON object per step. */
  public Path metricsFile() {
    return root.resolve("metrics.jsonl");
  }

  /** TensorBoard event files. */
  public Path tensorboard() {
    return root.resolve("tensorboard");
  }

  /** Published weight versions as Arrow files. */
  public Path weights() {
    return root.resolve("weights");
  }

  /** All checkpoints. */
  public Path checkpoints() {
    return root.resolve("checkpoints");
  }

  /** The checkpoint after {@code step}. */
  public Path checkpoint(long step) {
    return checkpoints().resolve("step-" + step);
  }

  /** A few samples of each step as text. */
  public Path samples() {
    return root.resolve("samples");
  }

  /** Result of the run. */
  public Path summaryFile() {
    return root.resolve("summary.json");
  }

  /** A path as a person would type it: relative where it lies below the working folder. */
  public static String shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    Path absolute = path.toAbsolutePath().normalize();
    return (absolute.startsWith(here) ? here.relativize(absolute) : absolute).toString();
  }
}
