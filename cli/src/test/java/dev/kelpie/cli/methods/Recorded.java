package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What a run wrote: the files that the assertions of the methods compute with. */
record Recorded(Path folder) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The pairs of a step; there must be some. */
  List<TrainedPair> pairs(long step) {
    List<TrainedPair> pairs = new PairFiles(folder.resolve("rollouts")).read(step);
    assertThat(pairs).as("pairs of step %s in %s", step, folder).isNotEmpty();
    return pairs;
  }

  /** The samples of a step. */
  ScoredGroups samples(long step) {
    return new SampleFiles(folder.resolve("rollouts")).read(step);
  }

  /** All responses of a step, scored. */
  List<ScoredTrajectory> responses(long step) {
    return samples(step).groups().stream().flatMap(group -> group.members().stream()).toList();
  }

  /** The responses of the group of a side of a pair of {@code step}. */
  List<ScoredTrajectory> group(long step, TrainedPair.Side side) {
    return responses(step).stream()
        .filter(member -> member.trajectory().id().group().equals(side.group()))
        .toList();
  }

  /** The response of a side of a pair of {@code step}. */
  ScoredTrajectory response(long step, TrainedPair.Side side) {
    return group(step, side).stream()
        .filter(member -> member.trajectory().id().sample() == side.sample())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no response " + side));
  }

  /** Number of tokens of a side of a pair of {@code step}. */
  int length(long step, TrainedPair.Side side) {
    return response(step, side).trajectory().response().length();
  }

  /** Log-probability per token with which a side of a pair was sampled. */
  double[] policy(long step, TrainedPair.Side side) {
    return doubles(response(step, side).trajectory().rolloutLogprobs());
  }

  /** Log-probability per token of a side of a pair under the reference. */
  double[] reference(long step, TrainedPair.Side side) {
    return reference(step, response(step, side).trajectory());
  }

  /** Log-probability per token of a response under the reference. */
  double[] reference(long step, Trajectory trajectory) {
    SampleId id = trajectory.id();
    return doubles(Numbers.known(samples(step).referenceLogprobs().get(id)));
  }

  /** Log-ratio of policy to reference per token of a side of a pair. */
  double[] ratios(long step, TrainedPair.Side side) {
    double[] policy = policy(step, side);
    double[] reference = reference(step, side);
    for (int t = 0; t < policy.length; t++) {
      policy[t] -= reference[t];
    }
    return policy;
  }

  private static double[] doubles(PerToken numbers) {
    double[] all = new double[numbers.length()];
    for (int t = 0; t < all.length; t++) {
      all[t] = numbers.get(t);
    }
    return all;
  }

  /** A number of {@code metrics.jsonl}. */
  double metric(long step, String name) {
    for (JsonNode numbers : lines("metrics.jsonl")) {
      if (numbers.path("step").asLong() == step && numbers.has(name)) {
        return numbers.get(name).asDouble();
      }
    }
    throw new AssertionError("no " + name + " of step " + step + " in " + folder);
  }

  /** Whether a step has a number of this name. */
  boolean has(long step, String name) {
    return lines("metrics.jsonl").stream()
        .anyMatch(numbers -> numbers.path("step").asLong() == step && numbers.has(name));
  }

  /** The events of the journal, in order. */
  List<JsonNode> journal() {
    try (var segments = Files.list(folder.resolve("events"))) {
      List<JsonNode> events = new ArrayList<>();
      for (Path segment : segments.sorted().toList()) {
        for (JsonNode line : lines("events/" + segment.getFileName())) {
          events.add(line.path("event"));
        }
      }
      return events;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The journal's event of a step whose update is done. */
  JsonNode committed(long step) {
    return journal().stream()
        .filter(event -> event.path("kind").asText().equals("committed"))
        .filter(event -> event.path("step").asLong() == step)
        .findFirst()
        .orElseThrow(() -> new AssertionError("step " + step + " is not committed"));
  }

  /** What a training of a reward model recorded. */
  JsonNode rewardModel() throws IOException {
    return JSON.readTree(folder.resolve("reward-model.json").toFile());
  }

  private List<JsonNode> lines(String file) {
    try {
      List<JsonNode> all = new ArrayList<>();
      for (String line : Files.readAllLines(folder.resolve(file))) {
        all.add(JSON.readTree(line));
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SHA-256 of the weights that the run ended with. */
  String weights() {
    try {
      if (Files.exists(folder.resolve("reward-model.json"))) {
        String sha = rewardModel().at("/models/0/weights-sha256").asText();
        assertThat(sha).hasSize(64);
        return sha;
      }
      JsonNode summary = JSON.readTree(folder.resolve("summary.json").toFile());
      assertThat(summary.path("status").asText()).isEqualTo("finished");
      assertThat(summary.at("/ledger/clean").asBoolean()).isTrue();
      String sha = summary.path("policy-sha256").asText();
      assertThat(sha).hasSize(64);
      return sha;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Checks that the loss of a step with one update is the mean of {@code loss} over its pairs. */
  void requireLoss(long step, ToDoubleFunction<TrainedPair> loss) {
    double mean = pairs(step).stream().mapToDouble(loss).average().orElseThrow();
    assertThat(metric(step, "policy/loss"))
        .as("loss of step %s", step)
        .isCloseTo(mean, within(1e-4 * Math.max(1, Math.abs(mean))));
  }
}
