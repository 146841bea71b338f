package dev.kelpie.learner;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.learner.scoring.NamedModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The reference policy of an experiment alone. */
record ReferencePolicy(NamedModels models) implements AutoCloseable {
  static ReferencePolicy open(Experiment experiment) {
    return new ReferencePolicy(NamedModelsTest.open(experiment));
  }

  Map<SampleId, PerToken> score(List<Trajectory> responses) {
    return Objects.requireNonNull(models.score(responses).get(TrainingBatch.REFERENCE));
  }

  boolean observe(WeightSnapshot published) {
    return models.observe(published);
  }

  void save(Path folder) {
    models.save(folder);
  }

  void restore(Path folder) {
    models.restore(folder);
  }

  @Override
  public void close() {
    models.close();
  }
}
