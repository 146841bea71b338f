package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.actors.ToyEngine;
import dev.kelpie.actors.ToyRun;
import dev.kelpie.actors.ToyScorer;
import dev.kelpie.actors.ToyTrainer;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.scoring.LogprobScorer;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Synchronous work of all kinds on a machine with cores for one of them. */
class CoreSharingTest {
  private static final Duration WORK = Duration.ofMillis(5);

  private final AtomicInteger working = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @Test
  void workOfAllKindsTakesTurnsOnFewCores(@TempDir Path temp) {
    RunSummary summary =
        new ToyRun(temp)
            .steps(8)
            .workers(2)
            .threads(Runtime.getRuntime().availableProcessors())
            .engines(Engine::new)
            .scored(Scorer::new)
            .trainer(Trainer::new)
            .run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(summary.ledger().clean()).isTrue();
    assertThat(most).hasValue(1);
  }

  private <T> T turn(Supplier<T> work) {
    most.accumulateAndGet(working.incrementAndGet(), Math::max);
    LockSupport.parkNanos(WORK.toNanos());
    T result = work.get();
    working.decrementAndGet();
    return result;
  }

  private final class Engine implements RolloutEngine {
    private final ToyEngine toy = new ToyEngine(Duration.ZERO);

    @Override
    public Optional<PolicyVersion> version() {
      return toy.version();
    }

    @Override
    public void load(WeightSnapshot weights) {
      toy.load(weights);
    }

    @Override
    public List<Trajectory> generate(RolloutUnit unit, Progress progress) {
      return turn(() -> toy.generate(unit, progress));
    }

    @Override
    public void release() {
      toy.release();
    }

    @Override
    public void close() {
      toy.close();
    }
  }

  private final class Scorer implements LogprobScorer {
    private final ToyScorer toy = new ToyScorer();

    @Override
    public Map<String, Map<SampleId, PerToken>> score(List<Trajectory> trajectories) {
      return turn(() -> toy.score(trajectories));
    }

    @Override
    public boolean observe(WeightSnapshot published) {
      return toy.observe(published);
    }

    @Override
    public void save(Path folder) {
      toy.save(folder);
    }

    @Override
    public void close() {
      toy.close();
    }
  }

  private final class Trainer implements PolicyTrainer {
    private final ToyTrainer toy = new ToyTrainer(Duration.ZERO);

    @Override
    public PolicyVersion version() {
      return toy.version();
    }

    @Override
    public TrainedStep train(TrainingBatch batch) {
      return turn(() -> toy.train(batch));
    }

    @Override
    public WeightSnapshot snapshot() {
      return toy.snapshot();
    }

    @Override
    public void save(Path folder) {
      toy.save(folder);
    }

    @Override
    public void restore(Path folder) {
      toy.restore(folder);
    }

    @Override
    public void close() {
      toy.close();
    }
  }
}
