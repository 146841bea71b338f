package dev.kelpie.learner.rows;

import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Forward;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.ThreadLanes;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Passes of microbatches through a model, several at once. A small model has a lane for every
 * thread. A large model has one lane, the caller's thread, whose operations use all threads: each
 * lane more would read all weights, and keep a tape and gradients, once more.
 */
public final class ModelPasses {
  private ModelPasses() {}

  /** How many lanes {@code model} has with {@code threads} processor threads in all. */
  static int laneCount(ModelConfig model, int threads) {
    return model.fitsCaches() ? threads : 1;
  }

  /** Lanes for {@code model}, using {@code threads} processor threads in all. */
  public static ThreadLanes lanes(ModelConfig model, int threads) {
    int count = laneCount(model, threads);
    return ThreadLanes.start("kelpie-learner", 0, count > 1 ? count : 0, threads);
  }

  /**
   * Forward passes without gradients; {@code sink} gets each microbatch with its pass, in order.
   *
   * @param temperature logits are divided by it
   */
  public static void score(
      ThreadLanes lanes,
      CausalLm model,
      List<Microbatch> batches,
      double temperature,
      BiConsumer<Microbatch, Forward> sink) {
    for (List<Microbatch> round : lanes.rounds(batches)) {
      List<InferenceScope> scopes = round.stream().map(batch -> InferenceScope.open()).toList();
      try {
        List<Forward> passes =
            lanes.callAll(
                round.size(),
                lane -> model.score(round.get(lane).sequences(), temperature, scopes.get(lane)));
        for (int lane = 0; lane < round.size(); lane++) {
          sink.accept(round.get(lane), passes.get(lane));
        }
      } finally {
        scopes.forEach(InferenceScope::close);
      }
    }
  }
}
