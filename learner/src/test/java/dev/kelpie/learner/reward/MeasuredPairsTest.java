package dev.kelpie.learner.reward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.algorithms.score.PairStrength;
import dev.kelpie.algorithms.score.ScoreLosses;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MeasuredPairsTest {
  private static final Path CONFIG = Path.of("../configs/methods/bare.conf");
  private static final int PAD = 0;
  private static final Prompt ROW =
      new Prompt(
          "row 1",
          "",
          TokenIds.of(1, 4),
          Optional.empty(),
          Map.of("strength", "7", "sure", "0.9"),
          List.of(given(5), given(6)));

  /** The strengths of three rows: strong, weak, and exactly at the threshold. */
  private static final List<PairStrength> STRENGTHS =
      List.of(new PairStrength(2, 1), new PairStrength(-0.5, 0.25), new PairStrength(0, 3));

  private static GivenResponse given(int token) {
    return new GivenResponse(Origin.POLICY, "", TokenIds.of(token, 2), FinishReason.STOP);
  }

  private static List<ScorePair> pairs(String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add("reward-model.strength.models=[a, b]");
    Experiment experiment = ExperimentFiles.load(CONFIG, all).experiment();
    PromptSource rows =
        new PromptSource() {
          @Override
          public long size() {
            return STRENGTHS.size();
          }

          @Override
          public Prompt at(long position) {
            return ROW;
          }
        };
    MeasuredPairs measured =
        MeasuredPairs.of(rows, experiment.rewardModel().strength(), STRENGTHS, List.of());
    assertThat(measured.summary())
        .isEqualTo(new MeasuredPairs.Summary(List.of(), 0.5, 4.25 / 3, 1));
    var loss = ScoreLosses.of(experiment.rewardModel().loss());
    PairReading reading = PairReading.of(experiment, loss, PAD);
    // a file of held-out pairs is not measured, and a pair of it is as it is written
    assertThat(reading.heldOut(measured.at(1)).chosen()).isEqualTo(reading.heldOut(ROW).chosen());
    return List.of(
        reading.training(measured.at(0)),
        reading.training(measured.at(1)),
        reading.training(measured.at(2)));
  }

  @Test
  void aWeakPairIsTurnedRoundWithItsStrength() {
    List<ScorePair> pairs =
        pairs("reward-model.strength.flip=true", "reward-model.loss.margin-column=strength");
    assertThat(pairs)
        .extracting(pair -> pair.numbers().getOrDefault("strength", Double.NaN))
        .containsExactly(2.0, 0.5, 0.0);
    assertThat(pairs.get(1).chosen()).isEqualTo(pairs.get(0).rejected());
    assertThat(pairs.get(1).rejected()).isEqualTo(pairs.get(0).chosen());
    assertThat(pairs.get(2).chosen()).isEqualTo(pairs.get(0).chosen());
  }

  @Test
  void aWeakPairHasASoftLabel() {
    List<ScorePair> pairs =
        pairs(
            "reward-model.strength.label=0.25",
            "reward-model.loss.type=soft",
            "reward-model.loss.label-column=soft-label");
    assertThat(pairs)
        .extracting(pair -> pair.numbers().getOrDefault("soft-label", Double.NaN))
        .containsExactly(1.0, 0.25, 1.0);
    assertThat(pairs.get(1).chosen()).isEqualTo(pairs.get(0).chosen());
  }
}
