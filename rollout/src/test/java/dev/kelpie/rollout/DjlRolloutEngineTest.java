package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.RolloutOptions.Precision;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.DecodeModel;
import dev.kelpie.model.Kernels;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.adapter.AdapterWeights;
import dev.kelpie.tensors.NativeMemory;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DjlRolloutEngineTest {
  private static final RolloutEngine.Progress SILENT = (finished, rows, tokens) -> {};

  private static final Path MODEL = ParityFixtures.own("llama-bias");

  private static RolloutOptions options(int threads, Precision precision) {
    RolloutOptions d = RolloutOptions.DEFAULTS;
    return new RolloutOptions(
        1, threads, 4, 4, 0, 1, 0, 1, 0, d.maxNewTokens(), false, precision, "djl");
  }

  private static RolloutUnit unit(Sampling sampling, TokenIds limits) {
    return unit(sampling, limits, 0);
  }

  private static RolloutUnit unit(Sampling sampling, TokenIds limits, int attempt) {
    List<Prompt> prompts = new ArrayList<>();
    for (int p = 0; p < 4; p++) {
      int[] ids = new int[3 + 2 * p];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = 20 + (7 * p + 3 * i) % 250;
      }
      prompts.add(new Prompt("p" + p, "p" + p, TokenIds.of(ids), Optional.empty(), Map.of()));
    }
    return new RolloutUnit(
        new UnitId(Purpose.ROLLOUT, 1, 0, attempt),
        0,
        prompts,
        4,
        sampling,
        limits,
        42,
        new PolicyVersion(0));
  }

  private static RolloutUnit plain() {
    return plain(0);
  }

  private static RolloutUnit plain(int attempt) {
    return unit(new Sampling(1, 0, 1, 0, 40, false), TokenIds.empty(), attempt);
  }

  @ParameterizedTest
  @CsvSource({
    "true, 2, 8, 64, 2", // a lane for every thread
    "true, 4, 8, 64, 4",
    "true, 4, 3, 3, 3", // prompts are not cut
    "false, 2, 4, 16, 2", // 8 rows for each lane
    "false, 2, 4, 15, 1", // too few rows
    "false, 2, 1, 64, 1",
    "false, 4, 8, 64, 2", // two lanes at most
    "false, 1, 8, 64, 1"
  })
  void cutsABatchByItsSizeAndTheThreads(
      boolean small, int threads, int prompts, int rows, int parts) {
    assertThat(DjlRolloutEngine.parts(small, threads, prompts, rows)).isEqualTo(parts);
  }

  @Test
  void givesTheSameBitsWhateverRanBefore() {
    try (RolloutEngine engine = RolloutEngines.open(MODEL, options(2, Precision.AUTO));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      List<Trajectory> first = engine.generate(plain(), SILENT);
      engine.generate(unit(new Sampling(0.7, 5, 0.9, 0, 11, true), TokenIds.empty()), SILENT);
      engine.release();
      assertThat(engine.version()).isEmpty();
      engine.load(weights);
      assertThat(engine.generate(plain(), SILENT)).isEqualTo(first);
      assertThat(engine.generate(plain(1), SILENT))
          .extracting(Trajectory::response)
          .isEqualTo(first.stream().map(Trajectory::response).toList());
      assertThat(first).extracting(t -> t.response().length()).contains(40);
    }
  }

  @Test
  void drawsTheSameHoweverManyStepsACallHasAndWheneverRowsAreDropped() {
    // One thread, as a lane has: where two share the rows, the last bit of attention depends on the
    // cut.
    try (NativeThread thread = NativeThread.start("decode", 1)) {
      thread.call(
          () -> {
            try (Checkpoint weights = Checkpoint.open(MODEL);
                Kernels kernels = Kernels.load(Precision.FP32);
                DecodeModel model = DecodeModel.load(kernels, weights.config(), weights)) {
              StopTokens stops = StopTokens.open(MODEL);
              List<RowRecord> one = new BatchDecoder(model, stops, 1).decode(plain(), 0, 4, SILENT);
              for (int steps : new int[] {3, 8, 64}) {
                List<RowRecord> many =
                    new BatchDecoder(model, stops, steps).decode(plain(), 0, 4, SILENT);
                for (int row = 0; row < one.size(); row++) {
                  assertThat(many.get(row).response()).isEqualTo(one.get(row).response());
                  assertThat(many.get(row).logprobs()).isEqualTo(one.get(row).logprobs());
                }
              }
              return true;
            }
          });
    }
  }

  @Test
  void aRowDoesNotDependOnTheOthersOfItsUnit() {
    RolloutUnit all = plain();
    RolloutUnit last =
        new RolloutUnit(
            new UnitId(Purpose.ROLLOUT, 1, 1, 0),
            3,
            all.prompts().subList(3, 4),
            4,
            all.sampling(),
            TokenIds.empty(),
            all.seed(),
            all.version());
    try (RolloutEngine engine = RolloutEngines.open(MODEL, options(1, Precision.FP32));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      List<Trajectory> together = engine.generate(all, SILENT).subList(12, 16);
      assertThat(engine.generate(last, SILENT))
          .extracting(Trajectory::response)
          .isEqualTo(together.stream().map(Trajectory::response).toList());
    }
  }

  @Test
  void drawsTheSameTokensOnOneLaneAndOnTwo() {
    try (RolloutEngine one = RolloutEngines.open(MODEL, options(1, Precision.FP32));
        RolloutEngine two = RolloutEngines.open(MODEL, options(2, Precision.FP32));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      one.load(weights);
      two.load(weights);
      List<Long> tokens = new ArrayList<>();
      List<Trajectory> made = two.generate(plain(), (finished, rows, count) -> tokens.add(count));
      assertThat(made.stream().map(Trajectory::response).toList())
          .isEqualTo(one.generate(plain(), SILENT).stream().map(Trajectory::response).toList());
      assertThat(tokens).isSorted();
      assertThat(tokens.get(tokens.size() - 1))
          .isEqualTo(made.stream().mapToLong(t -> t.response().length()).sum());
    }
  }

  @Test
  void tellsOfEveryTokenAsItIsDrawn() {
    try (RolloutEngine engine = RolloutEngines.open(MODEL, options(2, Precision.FP32));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      Map<Integer, List<TokenIds>> pieces = new TreeMap<>();
      List<Trajectory> made = engine.generate(plain(), listener(pieces));
      assertThat(pieces).hasSize(16);
      for (int row = 0; row < 16; row++) {
        assertThat(joined(pieces.getOrDefault(row, List.of())))
            .containsExactly(made.get(row).response().toArray());
      }
      // a response without company comes token by token, and is the same
      RolloutUnit alone = alone();
      Map<Integer, List<TokenIds>> single = new TreeMap<>();
      TokenIds response = engine.generate(alone, listener(single)).get(0).response();
      assertThat(response).isEqualTo(made.get(0).response());
      assertThat(single.getOrDefault(0, List.of()))
          .hasSize(response.length())
          .allSatisfy(piece -> assertThat(piece.length()).isEqualTo(1));
    }
  }

  @Test
  void endsWhenItsListenerHasHeardEnough() {
    try (RolloutEngine engine = RolloutEngines.open(MODEL, options(2, Precision.FP32));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      int before = NativeMemory.liveArrays();
      List<TokenIds> heard = new ArrayList<>();
      RolloutEngine.Progress impatient =
          new RolloutEngine.Progress() {
            @Override
            public void report(int finishedRows, int rows, long tokens) {}

            @Override
            public void drawn(int row, TokenIds tokens) {
              heard.add(tokens);
              if (heard.size() == 3) {
                throw new CancellationException("enough");
              }
            }
          };
      assertThatThrownBy(() -> engine.generate(alone(), impatient))
          .isInstanceOf(CancellationException.class)
          .hasMessage("enough");
      assertThat(heard).hasSize(3);
      assertThat(NativeMemory.liveArrays()).isEqualTo(before);
      assertThat(engine.generate(plain(), SILENT)).hasSize(16);
    }
  }

  /** The first row of {@link #plain}, by itself. */
  private static RolloutUnit alone() {
    RolloutUnit all = plain();
    return new RolloutUnit(
        new UnitId(Purpose.ROLLOUT, 1, 0, 0),
        0,
        all.prompts().subList(0, 1),
        1,
        all.sampling(),
        TokenIds.empty(),
        all.seed(),
        all.version());
  }

  private static RolloutEngine.Progress listener(Map<Integer, List<TokenIds>> pieces) {
    return new RolloutEngine.Progress() {
      @Override
      public void report(int finishedRows, int rows, long tokens) {}

      @Override
      public void drawn(int row, TokenIds tokens) {
        pieces.computeIfAbsent(row, key -> new ArrayList<>()).add(tokens);
      }
    };
  }

  private static int[] joined(List<TokenIds> pieces) {
    return pieces.stream().flatMapToInt(piece -> Arrays.stream(piece.toArray())).toArray();
  }

  @Test
  void respectsStopTokensAndLimits() {
    int[] limits = new int[16];
    for (int row = 0; row < 16; row++) {
      limits[row] = 1 + row;
    }
    try (RolloutEngine engine = RolloutEngines.open(MODEL, options(2, Precision.AUTO));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      StopTokens stops = StopTokens.open(MODEL);
      Sampling sampling = new Sampling(1, 0, 1, 0, 12, false);
      List<Trajectory> made = engine.generate(unit(sampling, TokenIds.of(limits)), SILENT);
      for (int row = 0; row < 16; row++) {
        TokenIds response = made.get(row).response();
        int limit = Math.min(12, limits[row]);
        boolean stopped = stops.contains(response.get(response.length() - 1));
        assertThat(response.length()).isLessThanOrEqualTo(limit);
        assertThat(made.get(row).finishReason())
            .isEqualTo(stopped ? FinishReason.STOP : FinishReason.LENGTH);
        assertThat(stopped || response.length() == limit).isTrue();
      }
      Sampling free = new Sampling(1, 0, 1, 0, 12, true);
      assertThat(engine.generate(unit(free, TokenIds.of(limits)), SILENT))
          .allSatisfy(t -> assertThat(t.finishReason()).isEqualTo(FinishReason.LENGTH))
          .extracting(t -> t.response().length())
          .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 12, 12, 12);
    }
  }

  @Test
  void reportsBothLogprobs() {
    try (RolloutEngine engine = RolloutEngines.open(MODEL, options(2, Precision.AUTO));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      for (Trajectory t : engine.generate(plain(), SILENT)) { // no filter: the two are one
        for (int i = 0; i < t.response().length(); i++) {
          assertThat(t.sampledLogprobs().get(i))
              .isCloseTo(t.rolloutLogprobs().get(i), within(1e-5f));
        }
      }
      Sampling filtered = new Sampling(1, 3, 1, 0, 20, false);
      for (Trajectory t : engine.generate(unit(filtered, TokenIds.empty()), SILENT)) {
        for (int i = 0; i < t.response().length(); i++) {
          assertThat(t.sampledLogprobs().get(i)).isGreaterThan(t.rolloutLogprobs().get(i));
        }
      }
    }
  }

  @Test
  void keepsServingWhenNewWeightsAreRefused() {
    try (RolloutEngine engine = RolloutEngines.open(MODEL, options(2, Precision.AUTO));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      assertThatThrownBy(() -> engine.generate(plain(), SILENT))
          .hasMessage("weights: none loaded (expected: v0)");
      engine.load(weights);
      assertThatThrownBy(() -> engine.load(new Cut(weights)))
          .hasMessageContaining("lm_head.weight: missing (expected: shape [");
      assertThat(engine.version()).contains(new PolicyVersion(0));
      assertThat(engine.generate(plain(), SILENT)).hasSize(16);
    }
  }

  @Test
  void generatesInEveryPrecision() {
    for (Precision precision : Precision.values()) {
      try (RolloutEngine engine = RolloutEngines.open(MODEL, options(2, precision));
          Checkpoint weights = Checkpoint.open(MODEL)) {
        engine.load(weights);
        List<Trajectory> first = engine.generate(plain(), SILENT);
        assertThat(engine.generate(plain(), SILENT)).isEqualTo(first);
      }
    }
  }

  @Test
  void leavesNumberOfLiveArraysUnchangedOverThreeRounds() {
    try (RolloutEngine engine = RolloutEngines.open(MODEL, options(2, Precision.AUTO));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      int empty = NativeMemory.liveArrays();
      engine.load(weights);
      engine.generate(plain(), SILENT);
      int before = NativeMemory.liveArrays();
      for (int i = 0; i < 3; i++) {
        engine.load(weights);
        engine.generate(plain(), SILENT);
        assertThat(NativeMemory.liveArrays()).isEqualTo(before);
      }
      engine.release();
      assertThat(NativeMemory.liveArrays()).isEqualTo(empty);
    }
  }

  /** Weights without the head. */
  private record Cut(WeightSnapshot whole) implements WeightSnapshot {
    @Override
    public String model() {
      return whole.model();
    }

    @Override
    public PolicyVersion version() {
      return whole.version().next();
    }

    @Override
    public OptionalLong parent() {
      return whole.parent();
    }

    @Override
    public List<Tensor> tensors() {
      return whole.tensors().stream().filter(t -> !t.name().equals("lm_head.weight")).toList();
    }

    @Override
    public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
      whole.read(tensor, chunkBytes, sink);
    }
  }

  @Test
  void anAdapterOfAnotherBaseIsRefused() {
    try (Checkpoint weights = Checkpoint.open(MODEL);
        DjlRolloutEngine engine = DjlRolloutEngine.open(MODEL, options(1, Precision.FP32))) {
      assertThatThrownBy(() -> engine.load(new AdapterWeights(weights, 1, "0".repeat(64))))
          .hasStackTraceContaining("policy.path: " + MODEL + " has other weights");
    }
  }
}
