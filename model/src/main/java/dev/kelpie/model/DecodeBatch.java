package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.TorchScript;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of one batch during generation, with their key/value cache. All rows are in the same column;
 * shorter prompts are padded on the left. Rows that have ended are dropped by {@link #keep}.
 */
public final class DecodeBatch implements SampledBatch {
  private static final int PREFILL_TOKENS = 2048; // per call; bounds the memory of activations

  private final TorchScript script;
  private final PackedWeights packed;
  private final InferenceScope owner = InferenceScope.open();
  private final KeyValueCache cache;
  private final NDArray frequencies; // [C / 2], of each kind of rotation
  private final NDArray stops; // [S]
  private final Object[] drawing; // hidden ids, greedy, top-k, top-p, min-p
  private final Object[] shape; // and its numbers
  private final Object[] scales; // shape, numbers, 1 / temperature
  private final int samples;
  private final boolean padded;
  private NDArray logits; // [P, V], of the first tokens
  private NDArray tokens; // [B], drawn last
  private NDArray pads; // [B]
  private NDArray mask; // [B, 1, 1, columns], or empty without padding
  private NDList weights = new NDList();
  private int angles; // positions whose angles are in the weights
  private int rows;
  private int column; // where the next token's keys and values go

  DecodeBatch(
      ModelConfig config,
      TorchScript script,
      PackedWeights packed,
      List<TokenIds> prompts,
      int samples,
      Sampling sampling,
      StopTokens stopTokens) {
    this.script = script;
    this.packed = packed;
    this.samples = samples;
    this.rows = prompts.size() * samples;
    this.column = longest(prompts);
    this.padded = prompts.stream().anyMatch(prompt -> prompt.length() < column);
    this.cache = new KeyValueCache(script, config, rows, column + 1);
    float[] inverse = config.rope().inverseFrequencies(config.headSize());
    this.frequencies = owner.floats(inverse, inverse.length);
    long[] stopIds = stopTokens.ids().toLongArray();
    NDArray nothing = owner.longs(new long[0], 0);
    this.stops = owner.longs(stopIds, stopIds.length);
    this.drawing =
        new Object[] {
          sampling.ignoreStop() ? stops : nothing,
          sampling.greedy(),
          sampling.topK(),
          sampling.topP(),
          sampling.minP()
        };
    double scale = sampling.greedy() ? 1 : 1 / sampling.temperature();
    this.shape = new Object[] {DecoderShape.of(config), DecoderShape.numbers(config)};
    this.scales = joined(shape, new Object[] {scale});
    this.tokens = owner.longs(new long[rows], rows);
    this.pads = owner.longs(padding(prompts, column, samples), rows);
    this.mask = owner.floats(new float[0], 0);
    try {
      fitToCache();
      this.logits = prefill(prompts);
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  @Override
  public SampledTokens first(float[] uniforms) {
    try (InferenceScope call = InferenceScope.open()) {
      long[] prompts = new long[rows];
      Arrays.setAll(prompts, row -> row / samples);
      Object[] state = {logits, call.longs(prompts, rows), call.floats(uniforms, rows)};
      SampledTokens drawn = drawn(script.run(call, "start", joined(state, drawing)));
      logits.close();
      return drawn;
    }
  }

  /** Logits of the first token of every row [B, V], which belong to {@code call}. */
  NDArray firstLogits(InferenceScope call) {
    long[] prompts = new long[rows];
    Arrays.setAll(prompts, row -> row / samples);
    return script.run(call, "pick", logits, call.longs(prompts, rows)).get(0);
  }

  /** Logits of the token after those that were {@linkplain #take taken} [B, V]. */
  NDArray nextLogits(InferenceScope call) {
    if (column + 1 > cache.columns()) {
      keepInCache(every(rows), column + Math.max(1, column / 4));
    }
    Object[] state = {tokens, column, pads, mask};
    Object[] model = {weights, cache.keys(), cache.values()};
    NDArray next = script.run(call, "step", joined(state, model, scales)).get(0); // [B, V]
    column++;
    return next;
  }

  /** The rows continue with these ids, one for each. */
  void take(long[] ids) {
    tokens.close();
    tokens = owner.longs(ids, ids.length);
  }

  /** How tokens are drawn: hidden ids, greedy, top-k, top-p, min-p. */
  Object[] drawing() {
    return drawing.clone();
  }

  @Override
  public SampledTokens next(float[] uniforms, int steps, int[] left) {
    if (column + steps > cache.columns()) {
      keepInCache(every(rows), column + Math.max(steps, column / 4));
    }
    try (InferenceScope call = InferenceScope.open()) {
      long[] limits = Arrays.stream(left).asLongStream().toArray();
      Object[] state = {
        tokens,
        column,
        pads,
        mask,
        call.longs(limits, rows),
        stops,
        call.floats(uniforms, rows, steps)
      };
      Object[] model = {weights, cache.keys(), cache.values()};
      SampledTokens drawn =
          drawn(script.run(call, "decode", joined(state, drawing, model, scales)));
      column += drawn.steps();
      return drawn;
    }
  }

  @Override
  public void keep(int[] kept) {
    long[] indices = Arrays.stream(kept).asLongStream().toArray();
    NDArray index = owner.longs(indices, indices.length);
    tokens = picked(tokens, index);
    pads = picked(pads, index);
    index.close();
    rows = kept.length;
    keepInCache(indices, cache.columns());
  }

  private NDArray picked(NDArray old, NDArray index) {
    NDArray kept = script.run(owner, "pick", old, index).get(0);
    old.close();
    return kept;
  }

  private void keepInCache(long[] indices, int columns) {
    cache.keep(indices, column, columns);
    fitToCache();
  }

  /** Angles and mask for every column the cache has room for. */
  private void fitToCache() {
    if (cache.columns() > angles) {
      NDList rotary =
          script.run(owner, "rotary", joined(new Object[] {frequencies, cache.columns()}, shape));
      if (angles > 0) {
        weights.get(PackedWeights.COS).close();
        weights.get(PackedWeights.SIN).close();
      }
      weights = packed.with(rotary.get(0), rotary.get(1));
      angles = cache.columns();
    }
    if (padded) {
      mask.close();
      mask = script.run(owner, "mask", pads, cache.columns()).get(0);
    }
  }

  /** Runs all prompts, a bounded number of tokens per call. Returns logits [P, V]. */
  private NDArray prefill(List<TokenIds> prompts) {
    int perCall = Math.max(1, PREFILL_TOKENS / column);
    try (InferenceScope calls = InferenceScope.open()) {
      NDList parts = new NDList();
      for (int first = 0; first < prompts.size(); first += perCall) {
        List<TokenIds> some = prompts.subList(first, Math.min(first + perCall, prompts.size()));
        parts.add(prefill(calls, some, first * samples));
      }
      return script.run(owner, "join", parts).get(0);
    }
  }

  private NDArray prefill(InferenceScope calls, List<TokenIds> prompts, int firstRow) {
    int width = longest(prompts);
    long[] ids = new long[prompts.size() * width];
    long[] padding = padding(prompts, width, 1);
    for (int p = 0; p < prompts.size(); p++) {
      prompts.get(p).copyTo(ids, p * width + (int) padding[p]);
    }
    Object[] input = {
      calls.longs(ids, prompts.size(), width),
      calls.longs(padding, prompts.size()),
      Arrays.stream(padding).anyMatch(pad -> pad > 0),
      column - width,
      firstRow,
      samples
    };
    Object[] model = {weights, cache.keys(), cache.values()};
    return script.run(calls, "prefill", joined(input, model, scales)).get(0); // [P', V]
  }

  /** Copies the results out and keeps the last tokens, which the next call continues from. */
  private SampledTokens drawn(NDList results) {
    tokens.close();
    tokens = results.get(3);
    tokens.attach(owner.manager());
    return new SampledTokens(results, rows);
  }

  private static int longest(List<TokenIds> prompts) {
    return prompts.stream().mapToInt(TokenIds::length).max().orElseThrow();
  }

  private static long[] padding(List<TokenIds> prompts, int width, int samples) {
    long[] padding = new long[prompts.size() * samples];
    Arrays.setAll(padding, row -> width - prompts.get(row / samples).length());
    return padding;
  }

  private static long[] every(int rows) {
    long[] all = new long[rows];
    Arrays.setAll(all, row -> row);
    return all;
  }

  private static Object[] joined(Object[]... parts) {
    return Arrays.stream(parts).flatMap(Arrays::stream).toArray();
  }

  @Override
  public void close() {
    cache.close();
    owner.close();
  }
}
