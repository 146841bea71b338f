package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Short runs of the quickstart whose rewards or samples are changed on their way to the loss: their
 * own files prove what was trained, and a run in parts ends with the weights of a whole one.
 */
class ShapedRunTest {
  private static final String WORTH = "reward.worth={type = length, per-token = 0.1, penalty = 0}";

  @TempDir private Path folder = Path.of("");

  @Test
  void responsesOfAGroupAreWorthTheirWinRates() throws IOException {
    String[] keys = {
      WORTH, "compare={type = scores, link = step}", "group-reward.type=win-rate",
    };
    train("whole", 2, keys);
    for (TrajectoryGroup group : samples("whole", 1).groups()) {
      double sum = 0;
      for (ScoredTrajectory member : group.members()) {
        Map<String, Float> parts = member.score().parts();
        float own = Objects.requireNonNull(parts.get("sum"));
        assertThat(own)
            .isCloseTo(
                Objects.requireNonNull(parts.get("answer"))
                    + Objects.requireNonNull(parts.get("worth")),
                within(1e-6f));
        double wins = 0;
        for (ScoredTrajectory other : group.members()) {
          wins +=
              (1 + Math.signum(own - Objects.requireNonNull(other.score().parts().get("sum")))) / 2;
        }
        // Of the wins over all four the half against itself is left out.
        assertThat(member.reward()).isCloseTo((float) ((wins - 0.5) / 3), within(1e-6f));
        sum += member.reward();
      }
      assertThat(sum).isCloseTo(2, within(1e-5)); // four times 1/2
    }
    resumesAlike("parts", "whole", 2, keys);
  }

  @Test
  void aStepWhoseGroupsAreEqualSamplesFurtherPrompts() throws IOException {
    String[] keys = {
      "algorithm.dynamic-sampling={enabled = true, max-refills = 2}", "rollout.temperature=0.8",
    };
    train("whole", 3, keys);
    long refilled = 0;
    for (int step = 1; step <= 3; step++) {
      List<TrajectoryGroup> groups = samples("whole", step).groups();
      // What is sampled follows from the rewards: as many prompts as groups are missing, twice.
      int expected = 4;
      int spread = 0;
      for (int round = 0; round <= 2; round++) {
        spread = (int) groups.stream().limit(expected).filter(group -> !group.allEqual()).count();
        expected += round < 2 ? 4 - spread : 0;
      }
      assertThat(groups).hasSize(expected);
      assertThat(metric("whole", step, "sampling/refilled_prompts")).isEqualTo(expected - 4);
      assertThat(metric("whole", step, "sampling/groups_without_spread"))
          .isEqualTo((double) groups.stream().filter(TrajectoryGroup::allEqual).count());
      for (int g = 0; g < groups.size(); g++) {
        assertThat(groups.get(g).id().index()).isEqualTo(g);
      }
      refilled += expected - 4;
    }
    assertThat(refilled).isPositive();
    assertThat(journalled("whole", "refilled", "prompts")).isEqualTo(refilled);
    resumesAlike("parts", "whole", 3, keys);
    List<String> workers = new ArrayList<>(List.of(keys));
    workers.add("rollout.workers=2");
    train("workers", 3, workers.toArray(String[]::new));
    assertThat(runs().summary("workers").get("policy-sha256"))
        .isEqualTo(runs().summary("whole").get("policy-sha256"));
  }

  @Test
  void theMultiplierOfAConstraintFollowsTheMeanCost() throws IOException {
    String[] keys = {
      WORTH.replace("}", ", weight = 0}"), "algorithm.constraints.worth={limit = 0.5, rate = 0.2}",
    };
    train("whole", 3, keys);
    double multiplier = 0;
    for (int step = 1; step <= 3; step++) {
      assertThat(metric("whole", step, "constraint/worth/multiplier"))
          .isCloseTo(multiplier, within(1e-9));
      double cost =
          samples("whole", step).groups().stream()
              .flatMap(group -> group.members().stream())
              .mapToDouble(member -> member.score().parts().get("worth"))
              .average()
              .orElseThrow();
      assertThat(metric("whole", step, "constraint/worth/cost")).isCloseTo(cost, within(1e-6));
      multiplier = Math.max(0, multiplier + 0.2 * (cost - 0.5));
    }
    assertThat(multiplier).isPositive();
    resumesAlike("parts", "whole", 3, keys);
    // A multiplier of 0 is the run without the constraint, bit for bit.
    train("without", 1, keys[0]);
    train("never", 1, keys[0], "algorithm.constraints.worth={limit = 1000, rate = 0.2}");
    assertThat(runs().summary("never").get("policy-sha256"))
        .isEqualTo(runs().summary("without").get("policy-sha256"));
  }

  @Test
  void theEntropyBonusIsSteeredAndContinuesFromACheckpoint() throws IOException {
    String[] keys = {
      "algorithm.entropy={target = 10, delta = 0.25, max = 0.6}", "algorithm.entropy-coef=0.1",
    };
    train("whole", 4, keys);
    // Entropy is far below 10 nats: nothing before the first update, then .35, .6 and at most .6.
    assertThat(metric("whole", 1, "policy/entropy_coef")).isZero();
    assertThat(metric("whole", 2, "policy/entropy_coef")).isCloseTo(0.35, within(1e-12));
    assertThat(metric("whole", 3, "policy/entropy_coef")).isCloseTo(0.6, within(1e-12));
    assertThat(metric("whole", 4, "policy/entropy_coef")).isCloseTo(0.6, within(1e-12));
    resumesAlike("parts", "whole", 4, keys);
    train("fixed", 1, "algorithm.entropy={target = 1e-9}");
    train("plain", 1);
    assertThat(runs().summary("fixed").get("policy-sha256"))
        .isEqualTo(runs().summary("plain").get("policy-sha256"));
  }

  @Test
  void thePresetDapoTakesTheSoftLengthPenaltyOffWhatIsTrainedOnOnly() throws IOException {
    String[] penalised = {"algorithm.preset=dapo", "algorithm.overlong={share = 1, penalty = 5}"};
    train("dapo", 2, penalised);
    train("free", 2, "algorithm.preset=dapo", "algorithm.overlong.share=0");
    assertThat(runs().summary("dapo").get("policy-sha256"))
        .isNotEqualTo(runs().summary("free").get("policy-sha256"));
    for (TrajectoryGroup group : samples("dapo", 1).groups()) {
      for (ScoredTrajectory member : group.members()) {
        assertThat(member.reward()).isEqualTo(member.score().parts().get("answer"));
      }
    }
    resumesAlike("parts", "dapo", 2, penalised);
  }

  @Test
  void directionsWeighTheRewardsOfTheirPrompt() throws IOException {
    String[] keys = {
      WORTH,
      "directions={columns = [v1, v2], on = simplex}",
      "reward.worth.weight-column=v1",
      "reward.answer.weight-column=v2",
    };
    train("whole", 2, keys);
    List<String> seen = new ArrayList<>();
    for (TrajectoryGroup group : samples("whole", 1).groups()) {
      for (ScoredTrajectory member : group.members()) {
        Map<String, String> columns = member.trajectory().prompt().metadata();
        double v1 = Double.parseDouble(columns.get("v1"));
        double v2 = Double.parseDouble(columns.get("v2"));
        assertThat(v1 + v2).isCloseTo(1, within(1e-12));
        Map<String, Float> parts = member.score().parts();
        assertThat(member.reward())
            .isCloseTo(
                (float)
                    (v1 * Objects.requireNonNull(parts.get("worth"))
                        + v2 * Objects.requireNonNull(parts.get("answer"))),
                within(1e-6f));
        seen.add(columns.get("v1"));
      }
    }
    assertThat(seen.stream().distinct()).hasSize(4); // one for each prompt
    resumesAlike("parts", "whole", 2, keys);
  }

  @Test
  void greedyResponsesAreABaselineAndNotTrainedOn() throws IOException {
    String[] keys = {"algorithm.advantage.type=remax", "learner.epochs=2", WORTH};
    train("whole", 2, keys);
    Map<SampleId, PerToken> advantages =
        new SampleFiles(folder.resolve("whole/rollouts")).read(1).advantages();
    for (TrajectoryGroup group : samples("whole", 1).groups()) {
      assertThat(group.members()).hasSize(5);
      ScoredTrajectory greedy = group.members().get(4);
      assertThat(greedy.trajectory().origin()).isEqualTo(Origin.GREEDY);
      assertThat(greedy.trajectory().sampling().greedy()).isTrue();
      assertThat(advantages).doesNotContainKey(greedy.trajectory().id());
      for (ScoredTrajectory member : group.members().subList(0, 4)) {
        assertThat(Objects.requireNonNull(advantages.get(member.trajectory().id())).get(0))
            .isCloseTo(member.reward() - greedy.reward(), within(1e-6f));
      }
    }
    resumesAlike("parts", "whole", 2, keys);
  }

  /** Trains in two parts, and expects the weights of the whole run. */
  private void resumesAlike(String run, String whole, int steps, String... keys)
      throws IOException {
    List<String> more = new ArrayList<>(List.of(keys));
    more.add("checkpoint.every=1");
    train(run, steps - 1, more.toArray(String[]::new));
    JsonNode resumed = runs().resume(run, steps);
    assertThat(resumed.get("policy-sha256")).isEqualTo(runs().summary(whole).get("policy-sha256"));
    assertThat(resumed.at("/ledger/clean").asBoolean()).isTrue();
  }

  private ScoredGroups samples(String run, long step) {
    return new SampleFiles(folder.resolve(run).resolve("rollouts")).read(step);
  }

  private long journalled(String run, String kind, String field) throws IOException {
    return runs().journalled(run, kind).stream()
        .mapToLong(event -> event.path(field).asLong())
        .sum();
  }

  private double metric(String run, long step, String name) throws IOException {
    return runs().metric(run, step, name);
  }

  private TrainedRuns runs() {
    return new TrainedRuns(
        folder,
        List.of(
            "eval.path=",
            "rollout.prompts-per-step=4",
            "rollout.group-size=4",
            "learner.minibatches=1"));
  }

  private void train(String run, int steps, String... overrides) throws IOException {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add(0, "run.steps=" + steps);
    runs().train(run, "quickstart.conf", all.toArray(String[]::new));
  }
}
