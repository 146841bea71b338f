package dev.kelpie.learner.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.score.ScoreLosses;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.reward.RewardModelRun.PairFiles;
import dev.kelpie.learner.reward.RewardModelRun.Results;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training of reward models on planted pairs over the quickstart's policy. */
class RewardModelRunTest {
  private static final Path CONFIG = Path.of("../configs/pipeline-reward-model.conf");
  private static final Path POLICY = Path.of("../configs/quickstart/policy");
  private static final int PAD = 0;

  private static Experiment experiment(String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "reward-model.steps=0",
                "reward-model.batch-size=8",
                "reward-model.held-out=0.25",
                "learner.warmup-steps=0",
                "learner.schedule=constant"));
    all.addAll(List.of(overrides));
    return ExperimentFiles.load(CONFIG, all).experiment();
  }

  /** Sums of two numbers; the better response is the sum, the worse one is one more. */
  private static PromptSource sums(int from, int to) {
    List<Prompt> rows = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      StopTokens stops = StopTokens.open(POLICY);
      for (int i = from; i < to; i++) {
        int a = i % 9 + 1;
        int b = i / 9 % 9 + 1;
        TokenIds prompt = tokenizer.encode(a + "+" + b + "?", true);
        TokenIds right = stops.end(tokenizer.encode("=" + (a + b), false), false);
        TokenIds wrong = stops.end(tokenizer.encode("=" + (a + b + 1), false), false);
        rows.add(row("row " + i, prompt, right, wrong, Map.of("sure", "0." + (5 + i % 5))));
      }
    }
    return source(rows);
  }

  private static Prompt row(
      String id, TokenIds prompt, TokenIds chosen, TokenIds rejected, Map<String, String> columns) {
    return new Prompt(
        id,
        "text",
        prompt,
        Optional.empty(),
        columns,
        List.of(response("chosen", chosen), response("rejected", rejected)));
  }

  private static GivenResponse response(String member, TokenIds tokens) {
    return new GivenResponse(
        new Origin(member, Provenance.LOG, OptionalDouble.empty()),
        "text",
        tokens,
        FinishReason.STOP);
  }

  private static PromptSource source(List<Prompt> rows) {
    return new PromptSource() {
      @Override
      public long size() {
        return rows.size();
      }

      @Override
      public Prompt at(long position) {
        return rows.get((int) position);
      }
    };
  }

  private static RewardModelRun run(Experiment experiment, PromptSource rows) {
    var loss = ScoreLosses.of(experiment.rewardModel().loss());
    RewardPairs pairs = RewardPairs.open(experiment, rows, Optional.empty(), loss, PAD);
    PairFiles files =
        new PairFiles("pairs.jsonl", "abc", (int) rows.size(), Optional.empty(), Optional.empty());
    return new RewardModelRun(experiment, pairs, loss, PAD, files, Optional.empty());
  }

  private static Results train(Path folder, KeptUpdates kept, boolean resume, String... overrides)
      throws IOException {
    Files.createDirectories(folder);
    return run(experiment(overrides), sums(0, 81)).train(folder, resume, kept);
  }

  @Test
  void aHeadOfZerosKnowsNothing(@TempDir Path folder) throws IOException {
    KeptUpdates kept = new KeptUpdates(-1);
    Results results = train(folder, kept, false, "reward-model.steps=1");
    // all scores are 0: ln 2 = 0.6931, no pair is ranked right
    assertThat(kept.number(1, "loss")).isCloseTo(Math.log(2), within(1e-6));
    assertThat(kept.number(1, "accuracy")).isZero();
    // 81 prompts, of which a quarter is 20
    assertThat(results.models().get(0).report().orElseThrow().pairs()).isEqualTo(20);
  }

  @Test
  void aHeadOfZerosHasTheAbsoluteTermsToo(@TempDir Path folder) throws IOException {
    KeptUpdates kept = new KeptUpdates(-1);
    train(folder, kept, false, "reward-model.steps=1", "reward-model.loss.type=absolute");
    // three log-sigmoids of 0
    assertThat(kept.number(1, "loss")).isCloseTo(3 * Math.log(2), within(1e-6));
  }

  @Test
  void repeatsBitForBitAndResumesBitForBit(@TempDir Path folder) throws IOException {
    KeptUpdates whole = new KeptUpdates(-1);
    train(folder.resolve("a"), whole, false);
    train(folder.resolve("b"), new KeptUpdates(-1), false);
    KeptUpdates first = new KeptUpdates(3);
    Results stopped = train(folder.resolve("c"), first, false);
    assertThat(stopped.finished()).isFalse();
    assertThat(folder.resolve("c/state.json")).exists();
    assertThat(folder.resolve("c/config.json")).doesNotExist();
    assertThat(folder.resolve("c/reward-model.json")).doesNotExist();
    KeptUpdates rest = new KeptUpdates(-1);
    train(folder.resolve("c"), rest, true);
    // 61 pairs in batches of 8: 8 steps, three of them before the stop
    assertThat(whole.numbers()).hasSize(8);
    assertThat(rest.numbers()).hasSize(5).isEqualTo(whole.numbers().subList(3, 8));
    for (String name : List.of("model.safetensors", "reward-model.json", "config.json")) {
      byte[] bytes = Files.readAllBytes(folder.resolve("a").resolve(name));
      assertThat(Files.readAllBytes(folder.resolve("b").resolve(name))).isEqualTo(bytes);
      assertThat(Files.readAllBytes(folder.resolve("c").resolve(name))).isEqualTo(bytes);
    }
    assertThat(folder.resolve("c/state.json")).doesNotExist();
    assertThat(folder.resolve("c/state-3.safetensors")).doesNotExist();
  }

  @Test
  void aStateOfOtherOptionsIsNotResumed(@TempDir Path folder) throws IOException {
    train(folder, new KeptUpdates(1), false);
    assertThatThrownBy(() -> train(folder, new KeptUpdates(-1), true, "learner.learning-rate=1e-3"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("state.json is of a training with other options, seed or pairs");
  }

  @Test
  void aFinishedTrainingIsKnownByItsOptions(@TempDir Path folder) throws IOException {
    train(folder, new KeptUpdates(-1), false, "reward-model.steps=2");
    Path results = folder.resolve("reward-model.json");
    String written = Files.readString(results);
    // resumed once more it trains nothing and writes the same
    KeptUpdates none = new KeptUpdates(-1);
    assertThat(train(folder, none, true, "reward-model.steps=2").finished()).isTrue();
    assertThat(none.numbers()).isEmpty();
    assertThat(results).hasContent(written.strip());
    assertThatThrownBy(() -> train(folder, new KeptUpdates(-1), true, "reward-model.steps=3"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("reward-model.json is of a training with other options");
  }

  @Test
  void aNewTrainingThatIsKilledIsNotTakenForTheOneBefore(@TempDir Path folder) throws IOException {
    train(folder.resolve("a"), new KeptUpdates(-1), false, "reward-model.steps=2");
    train(folder.resolve("b"), new KeptUpdates(-1), false, "reward-model.steps=1");
    assertThatThrownBy(
            () ->
                train(
                    folder.resolve("b"),
                    new KeptUpdates(-1) {
                      @Override
                      public boolean stops() {
                        throw new IllegalStateException("killed");
                      }
                    },
                    false,
                    "reward-model.steps=2"))
        .hasMessageContaining("killed");
    train(folder.resolve("b"), new KeptUpdates(-1), true, "reward-model.steps=2");
    for (String name : List.of("model.safetensors", "reward-model.json")) {
      assertThat(folder.resolve("b").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("a").resolve(name));
    }
  }

  @Test
  void aMemberThatWasWrittenBeforeAKillIsNotTrainedAgain(@TempDir Path folder) throws IOException {
    String[] two = {"reward-model.ensemble=2", "reward-model.steps=2"};
    train(folder.resolve("a"), new KeptUpdates(-1), false, two);
    KeptUpdates first = new KeptUpdates(3);
    assertThat(train(folder.resolve("b"), first, false, two).finished()).isFalse();
    KeptUpdates rest = new KeptUpdates(-1);
    train(folder.resolve("b"), rest, true, two);
    assertThat(rest.numbers()).hasSize(1);
    assertThat(folder.resolve("b/reward-model.json"))
        .hasSameTextualContentAs(folder.resolve("a/reward-model.json"));
    for (int member = 1; member <= 2; member++) {
      String name = "member-" + member;
      assertThat(folder.resolve("b").resolve(name).resolve("model.safetensors"))
          .hasSameBinaryContentAs(folder.resolve("a").resolve(name).resolve("model.safetensors"));
      assertThat(folder.resolve("b").resolve(name).resolve("state.json")).doesNotExist();
    }
  }

  @Test
  void modelsOfAnEnsembleDifferByTheirSeeds(@TempDir Path folder) throws IOException {
    Results results =
        train(
            folder,
            new KeptUpdates(-1),
            false,
            "reward-model.ensemble=2",
            "reward-model.head-std=0.02");
    assertThat(results.models()).extracting(RewardModelRun.Result::seed).containsExactly(1L, 2L);
    assertThat(Files.readAllBytes(folder.resolve("member-1/model.safetensors")))
        .isNotEqualTo(Files.readAllBytes(folder.resolve("member-2/model.safetensors")));
    assertThat(results.together().orElseThrow().pairs()).isEqualTo(20);
    assertThat(Files.readString(folder.resolve("reward-model.json")))
        .contains("\"member-1\"", "\"member-2\"", "\"held-out-of-mean\"", "\"sha256\" : \"abc\"");
  }

  @Test
  void aMarginRaisesTheLossAndALabelLimitsIt(@TempDir Path folder) throws IOException {
    KeptUpdates margin = new KeptUpdates(-1);
    train(folder.resolve("m"), margin, false, "reward-model.steps=1", "reward-model.loss.margin=1");
    // -ls(0 - 1) = log(1 + e)
    assertThat(margin.number(1, "loss")).isCloseTo(Math.log1p(Math.E), within(1e-6));
    KeptUpdates soft = new KeptUpdates(-1);
    train(
        folder.resolve("s"),
        soft,
        false,
        "reward-model.steps=1",
        "reward-model.loss.type=soft",
        "reward-model.loss.label-column=sure");
    // at 0 every label costs ln 2
    assertThat(soft.number(1, "loss")).isCloseTo(Math.log(2), within(1e-6));
  }

  @Test
  void pairsOfAPromptStayOnOneSide() {
    Experiment experiment = experiment();
    // each sum three times
    PromptSource once = sums(0, 81);
    PromptSource thrice = source(IntStream.range(0, 243).mapToObj(i -> once.at(i % 81)).toList());
    var loss = ScoreLosses.of(experiment.rewardModel().loss());
    RewardPairs.Counts counts =
        RewardPairs.open(experiment, thrice, Optional.empty(), loss, PAD).counts();
    assertThat(counts).isEqualTo(new RewardPairs.Counts(183, 61, 60, 20, 0));
  }

  @Test
  void aFileOfHeldOutPairsThatSharesPromptsIsRefused() {
    Experiment experiment = experiment("eval.pairs-path=held.jsonl");
    var loss = ScoreLosses.of(experiment.rewardModel().loss());
    assertThatThrownBy(
            () -> RewardPairs.open(experiment, sums(0, 41), Optional.of(sums(40, 81)), loss, PAD))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("held.jsonl: 1 of 41 pairs have a prompt that")
        .hasMessageContaining("such as row 40 (expected: prompts that are not trained on)");
    assertThat(
            RewardPairs.open(experiment, sums(0, 40), Optional.of(sums(40, 81)), loss, PAD)
                .counts())
        .isEqualTo(new RewardPairs.Counts(40, 40, 41, 41, 0));
  }

  @Test
  void withoutShuffleThePairsHaveTheOrderOfTheirFile() {
    List<String> names = List.of("row 0", "row 1", "row 2", "row 3", "row 4", "row 5");
    assertThat(firstPass("data.shuffle=false")).isEqualTo(names);
    assertThat(firstPass()).isNotEqualTo(names).containsExactlyInAnyOrderElementsOf(names);
  }

  private static List<String> firstPass(String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("reward-model.held-out=0");
    Experiment experiment = experiment(all.toArray(String[]::new));
    var loss = ScoreLosses.of(experiment.rewardModel().loss());
    RewardPairs pairs = RewardPairs.open(experiment, sums(0, 6), Optional.empty(), loss, PAD);
    return IntStream.range(0, 6).mapToObj(i -> pairs.training(i, 1).id()).toList();
  }

  @Test
  void aPairOfEqualTokensIsLeftOut() {
    Experiment experiment = experiment();
    TokenIds prompt = TokenIds.of(1, 4);
    // the end token alone differs, and padding does not count
    Prompt equal = row("equal", prompt, TokenIds.of(5, 2), TokenIds.of(5, 2, 0), Map.of());
    Prompt other = row("other", TokenIds.of(1, 5), TokenIds.of(5, 2), TokenIds.of(6), Map.of());
    Prompt third = row("third", TokenIds.of(1, 6), TokenIds.of(5, 2), TokenIds.of(6), Map.of());
    var loss = ScoreLosses.of(experiment.rewardModel().loss());
    RewardPairs pairs =
        RewardPairs.open(
            experiment, source(List.of(equal, other, third)), Optional.empty(), loss, PAD);
    assertThat(pairs.counts()).isEqualTo(new RewardPairs.Counts(1, 1, 1, 1, 1));
    assertThatThrownBy(
            () ->
                RewardPairs.open(
                    experiment, source(List.of(equal, other)), Optional.empty(), loss, PAD))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no pair to train on, and 1 held out");
  }

  @Test
  void aColumnWithoutANumberIsRefusedByItsRow() {
    Experiment experiment =
        experiment("reward-model.loss.type=soft", "reward-model.loss.label-column=sure");
    var loss = ScoreLosses.of(experiment.rewardModel().loss());
    Prompt wrong =
        row("row 7", TokenIds.of(1, 4), TokenIds.of(5), TokenIds.of(6), Map.of("sure", "1.5"));
    assertThatThrownBy(() -> PairReading.of(experiment, loss, PAD).training(wrong))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "reward-model.loss: column sure: 1.5 (expected: a probability in [0, 1] in row row 7)");
  }
}
