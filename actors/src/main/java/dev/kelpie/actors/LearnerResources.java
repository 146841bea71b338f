package dev.kelpie.actors;

import dev.kelpie.actors.plan.Refills;
import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.plan.StepSplit;
import dev.kelpie.actors.telemetry.LiveRunView;
import dev.kelpie.actors.work.FileExchange;
import dev.kelpie.actors.work.PublishingTrainer;
import dev.kelpie.actors.work.ReferenceSnapshots;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.FileTree;
import dev.kelpie.runs.RunLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What only the learner's process has: the trainer, the prompts and the run's record.
 *
 * @param from the checkpoint that the run resumes from; empty for a new run
 * @param warnings why newer checkpoints were skipped
 * @param time decides what is late
 */
record LearnerResources(
    PublishingTrainer trainer,
    RolloutUnits units,
    RunLog log,
    LiveRunView view,
    Optional<CheckpointStore.Saved> from,
    List<String> warnings,
    InstantSource time) {

  /**
   * Opens the run folder, at its newest valid checkpoint when the run is resumed, and begins to
   * make the trainer.
   *
   * @throws RuntimeException when the run folder cannot be used or continued
   */
  static LearnerResources open(
      RunSetup setup, FileExchange bulk, LiveRunView view, InstantSource time) {
    RunFolder folder = setup.folder();
    createFolders(folder);
    deleteOldUnits(folder);
    CheckpointStore checkpoints = new CheckpointStore(folder.checkpoints());
    List<String> warnings = new ArrayList<>();
    Optional<CheckpointStore.Saved> from =
        setup.resume() ? checkpoints.latestValid(warnings::add) : Optional.empty();
    requireReference(setup, from);
    new ReferenceSnapshots(folder).clear();
    RunLog log =
        RunLog.open(
            folder.events(),
            setup.experiment().mostLag(),
            from.map(CheckpointStore.Saved::step).orElse(0L),
            setup.experiment().run().seed());
    RolloutUnits units =
        new RolloutUnits(
            setup.experiment(),
            setup.train().get(),
            setup.heldOut().map(source -> source.get()),
            setup.rowLimits(),
            new StepSplit(setup.experiment().rollout(), log::unitsOf, log::split),
            new Refills(
                setup.experiment().algorithm().dynamicSampling(),
                setup.experiment().rollout().promptsPerStep(),
                log::refilled));
    PublishingTrainer trainer =
        new PublishingTrainer(setup.trainer(), setup.experiment(), bulk, folder, checkpoints, from);
    return new LearnerResources(trainer, units, log, view, from, List.copyOf(warnings), time);
  }

  /** The step that the run resumes after; 0 for a new run. */
  long fromStep() {
    return from.map(CheckpointStore.Saved::step).orElse(0L);
  }

  /**
   * What people are told of the run at its start: {@code notes}, and why checkpoints were skipped.
   */
  List<MetricsHub.Happened> firstEvents(List<String> notes) {
    List<MetricsHub.Happened> events = new ArrayList<>();
    for (String text : notes) {
      boolean warning = text.startsWith("warning: ");
      RunEvent.Level level = warning ? RunEvent.Level.WARNING : RunEvent.Level.INFO;
      events.add(new MetricsHub.Happened(level, "data", text));
    }
    for (String text : warnings) {
      events.add(new MetricsHub.Happened(RunEvent.Level.WARNING, "checkpoints", text));
    }
    return events;
  }

  /** A checkpoint of a run whose models never moved has no part of them. */
  private static void requireReference(RunSetup setup, Optional<CheckpointStore.Saved> from) {
    Optional<String> moves = setup.scorer().flatMap(RunSetup.Scoring::moves);
    if (moves.isPresent() && from.isPresent() && !from.get().hasReference()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: no files of the reference in %s (expected: some, because %s; move the checkpoint"
                  + " away to go on from the one before)",
              from.get().folder(),
              from.get().reference().getFileName(),
              moves.get()));
    }
  }

  private static void createFolders(RunFolder folder) {
    try {
      for (var path :
          List.of(folder.events(), folder.rollouts(), folder.weights(), folder.checkpoints())) {
        Files.createDirectories(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use run folder " + folder.root() + ": " + e, e);
    }
  }

  /** Units that an earlier process left unfinished are generated again. */
  private static void deleteOldUnits(RunFolder folder) {
    Path units = folder.rollouts().resolve("units");
    try {
      for (Path file : FileTree.list(units)) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear " + units + ": " + e.getMessage(), e);
    }
  }
}
