package dev.kelpie.cli;

import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.WeightSnapshot;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A trainer that does something when all but the end of a checkpoint is written. */
record TrippingTrainer(PolicyTrainer trainer, Consumer<PolicyVersion> whileSaving)
    implements PolicyTrainer {
  @Override
  public PolicyVersion version() {
    return trainer.version();
  }

  @Override
  public TrainedStep train(TrainingBatch batch) {
    return trainer.train(batch);
  }

  @Override
  public WeightSnapshot snapshot() {
    return trainer.snapshot();
  }

  @Override
  public void save(Path folder) {
    trainer.save(folder);
    whileSaving.accept(trainer.version());
  }

  @Override
  public void restore(Path folder) {
    trainer.restore(folder);
  }

  @Override
  public void close() {
    trainer.close();
  }
}
