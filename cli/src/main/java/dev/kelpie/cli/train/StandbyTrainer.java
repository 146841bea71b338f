package dev.kelpie.cli.train;

import dev.kelpie.actors.RunNode;
import dev.kelpie.actors.RunSetup;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.CheckpointStore;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a standby learner makes before its turn: libtorch is loaded, the model is open, the newest
 * checkpoint has been read once, and the classes of an actor system are loaded. It takes as much
 * memory as the weights and the optimiser of the learner.
 */
final class StandbyTrainer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StandbyTrainer.class);

  private final RunSetup setup;
  private final Optional<PolicyTrainer> trainer;

  private StandbyTrainer(RunSetup setup, Optional<PolicyTrainer> trainer) {
    this.setup = setup;
    this.trainer = trainer;
  }

  /** Prepares what the setup of a resumed run needs; takes seconds. */
  static StandbyTrainer open(RunSetup setup) {
    RunNode.rehearse(setup);
    return new StandbyTrainer(setup, trainer(setup));
  }

  private static Optional<PolicyTrainer> trainer(RunSetup setup) {
    Experiment experiment = setup.experiment();
    if (experiment.onlineReward().used()) {
      return Optional.empty(); // it opens the run's annotations, which the learner is writing
    }
    PolicyTrainer made = setup.trainer().get();
    try {
      newest(setup.folder()).ifPresent(saved -> made.restore(saved.learner()));
    } catch (RuntimeException e) {
      // the learner may have pruned it meanwhile; that of the turn is read in any case
      LOG.info("the newest checkpoint could not be read ahead", e);
    }
    return Optional.of(made);
  }

  private static Optional<CheckpointStore.Saved> newest(RunFolder folder) {
    return new CheckpointStore(folder.checkpoints()).latestValid(problem -> {});
  }

  /** The setup, whose trainer is the one that is open. */
  RunSetup setup() {
    return trainer.map(made -> setup.training(() -> made)).orElse(setup);
  }

  /** Closes the trainer of a standby whose turn never came. */
  @Override
  public void close() {
    trainer.ifPresent(
        made -> {
          try {
            made.close();
          } catch (Exception e) {
            LOG.warn("cannot close the trainer", e);
          }
        });
  }
}
