package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.algorithms.score.ScoreReport;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.reward.UserHead;
import dev.kelpie.learner.NonFiniteException;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.learner.scoring.UserHeadFile;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Scores the held-out pairs. */
final class HeldOutScores {
  private static final int PAIRS_AT_ONCE = 64;

  private HeldOutScores() {}

  /** The same by the reward model in {@code folder}, on a thread of its own. */
  static List<ScoreReport.Pair> ofFolder(
      Experiment experiment, Path folder, ScoreLoss loss, RewardPairs pairs) {
    int threads = experiment.learner().threads();
    try (NativeThread thread = NativeThread.start("reward-model", threads)) {
      return thread.call(
          () -> {
            try (Checkpoint weights = Checkpoint.open(folder);
                CausalLm model = CausalLm.of(weights.config(), Heads.VALUE, weights);
                ThreadLanes lanes = ModelPasses.lanes(model.config(), threads)) {
              model.multiplyIn(experiment.learner().precision());
              Optional<UserHead> users = UserHeadFile.read(folder);
              return of(
                  model,
                  PairScores.by(loss, (vector, user) -> users.orElseThrow().score(vector, user)),
                  pairs,
                  Collator.of(experiment.learner(), model.config()),
                  lanes);
            }
          });
    }
  }

  /** The scores of all held-out pairs by {@code model}, in the order of their file. */
  static List<ScoreReport.Pair> of(
      CausalLm model, PairScores made, RewardPairs pairs, Collator collator, ThreadLanes lanes) {
    List<ScoreReport.Pair> scored = new ArrayList<>();
    int count = pairs.counts().heldOutPairs();
    for (int from = 0; from < count; from += PAIRS_AT_ONCE) {
      List<ScorePair> some = pairs.heldOut(from, Math.min(count, from + PAIRS_AT_ONCE));
      float[][] scores = new float[2 * some.size()][];
      ModelPasses.score(
          lanes,
          model,
          collator.microbatches(PairItems.of(some, false)),
          1,
          (batch, pass) -> {
            float[] own = SequenceScore.of(batch.sequences(), pass);
            int outputs = own.length / batch.rows().size();
            for (int b = 0; b < batch.rows().size(); b++) {
              scores[batch.rows().get(b)] = Arrays.copyOfRange(own, b * outputs, (b + 1) * outputs);
            }
          });
      for (int i = 0; i < some.size(); i++) {
        ScorePair pair = some.get(i);
        double[] both = made.of(pair, scores[2 * i], scores[2 * i + 1]);
        if (!Double.isFinite(both[0] + both[1])) {
          throw new NonFiniteException(
              String.format(
                  Locale.ROOT,
                  "score of held-out pair %s: %s (expected: finite)",
                  pair.id(),
                  both[0] + both[1]));
        }
        scored.add(
            new ScoreReport.Pair(both[0], both[1], pair.chosenLength(), pair.rejectedLength()));
      }
    }
    return scored;
  }
}
