package dev.kelpie.learner;

import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Forward;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * How many microbatches go through a model at once, each on a native thread of its own. The
 * operations of a small model are so short that threads which share each of them mostly wait for
 * one another; so it has a lane for every thread. A large model has one lane, the caller's thread,
 * whose operations use all threads: each lane more would read all weights, and keep a tape and
 * gradients, once more.
 */
final class UpdateLanes implements AutoCloseable {
  private final List<NativeThread> threads;

  private UpdateLanes(List<NativeThread> threads) {
    this.threads = threads;
  }

  /** How many lanes {@code model} has with {@code threads} processor threads in all. */
  static int count(ModelConfig model, int threads) {
    return model.fitsCaches() ? threads : 1;
  }

  /** Lanes for {@code model}, using {@code threads} processor threads in all. */
  static UpdateLanes open(ModelConfig model, int threads) {
    int count = count(model, threads);
    return new UpdateLanes(
        IntStream.range(0, count > 1 ? count : 0)
            .mapToObj(lane -> NativeThread.start("kelpie-learner-" + lane, 1))
            .toList());
  }

  /** Number of lanes. */
  int count() {
    return Math.max(1, threads.size());
  }

  /** The microbatches that go through the model at the same time, one round after the other. */
  List<List<Microbatch>> rounds(List<Microbatch> batches) {
    List<List<Microbatch>> rounds = new ArrayList<>();
    for (int from = 0; from < batches.size(); from += count()) {
      rounds.add(batches.subList(from, Math.min(batches.size(), from + count())));
    }
    return rounds;
  }

  /** Runs {@code work} once for each of the first {@code lanes} lanes and waits for all. */
  <T> List<T> callAll(int lanes, IntFunction<T> work) {
    if (threads.isEmpty()) {
      return IntStream.range(0, lanes).mapToObj(work).toList();
    }
    List<Callable<T>> pieces = new ArrayList<>();
    for (int i = 0; i < lanes; i++) {
      int lane = i;
      pieces.add(() -> work.apply(lane));
    }
    return NativeThread.callAll(threads, pieces);
  }

  /**
   * Passes that learn nothing: {@code sink} is told of each microbatch, in their order.
   *
   * @param temperature logits are divided by it
   */
  void score(
      CausalLm model,
      List<Microbatch> batches,
      double temperature,
      BiConsumer<Microbatch, Forward> sink) {
    for (List<Microbatch> round : rounds(batches)) {
      List<InferenceScope> scopes = round.stream().map(batch -> InferenceScope.open()).toList();
      try {
        List<Forward> passes =
            callAll(
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

  @Override
  public void close() {
    threads.forEach(NativeThread::close);
  }
}
