package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Groups and responses as JSON. Text stays text; the page never makes it markup. */
final class SampleJson {
  private static final int LONGEST_TEXT = 20_000;

  private SampleJson() {}

  /** Finish reason in lower case. */
  static String finish(Trajectory trajectory) {
    return trajectory.finishReason().name().toLowerCase(Locale.ROOT);
  }

  /** A group with all its responses; those that the query accepts are marked. */
  static ObjectNode group(TrajectoryGroup group, ScoredGroups scored, SampleQuery query) {
    ObjectNode node = Json.object();
    node.put("step", group.id().step());
    node.put("index", group.id().index());
    ArrayNode responses = node.putArray("responses");
    for (ScoredTrajectory member : group.members()) {
      prompt(node, member.trajectory());
      ObjectNode response = response(responses.addObject(), member.trajectory());
      response.put("match", query.accepts(member));
      Json.put(response, "reward", member.reward());
      ObjectNode parts = response.putObject("parts");
      new TreeMap<>(member.score().parts())
          .forEach((name, value) -> Json.put(parts, name, (double) value));
      advantage(response, scored.advantages().get(member.trajectory().id()));
    }
    for (FailedTrajectory failed : group.failed()) {
      prompt(node, failed.trajectory());
      ObjectNode response = response(responses.addObject(), failed.trajectory());
      response.put("match", query.acceptsFailed(failed.trajectory()));
      response.put("failed", failed.reason());
    }
    return node;
  }

  private static void prompt(ObjectNode group, Trajectory trajectory) {
    if (!group.has("prompt")) {
      group.put("promptId", trajectory.prompt().id());
      group.put("prompt", cut(trajectory.prompt().text()));
      trajectory.prompt().answer().ifPresent(answer -> group.put("answer", cut(answer)));
    }
  }

  static ObjectNode response(ObjectNode node, Trajectory trajectory) {
    node.put("sample", trajectory.id().sample());
    node.put("attempt", trajectory.id().attempt());
    node.put("text", cut(trajectory.text()));
    node.put("tokens", trajectory.response().length());
    node.put("finish", finish(trajectory));
    long[] versions = trajectory.versions().toArray();
    Arrays.stream(versions).min().ifPresent(oldest -> node.put("oldest", oldest));
    Arrays.stream(versions).max().ifPresent(newest -> node.put("newest", newest));
    if (trajectory.generated()) {
      Json.put(node, "logprob", trajectory.rolloutLogprobs().sum());
    }
    node.put("member", trajectory.origin().member());
    if (!trajectory.origin().variant().isEmpty()) {
      node.put("memberVariant", trajectory.origin().variant());
    }
    trajectory.origin().score().ifPresent(score -> Json.put(node, "givenScore", score));
    return node;
  }

  /** The mean over the tokens, and the range where tokens differ. */
  private static void advantage(ObjectNode node, @Nullable PerToken numbers) {
    if (numbers == null || numbers.length() == 0) {
      return;
    }
    DoubleSummaryStatistics range =
        IntStream.range(0, numbers.length()).mapToDouble(numbers::get).summaryStatistics();
    Json.put(node, "advantage", numbers.sum() / numbers.length());
    if (range.getMin() < range.getMax()) {
      Json.put(node, "advantageLowest", range.getMin());
      Json.put(node, "advantageHighest", range.getMax());
    }
  }

  static String cut(String text) {
    return text.length() <= LONGEST_TEXT
        ? text
        : text.substring(0, LONGEST_TEXT)
            + " ... ("
            + (text.length() - LONGEST_TEXT)
            + " more characters)";
  }

  /** The per-token numbers of a response, the tokens' texts if known, and its sampling. */
  static ObjectNode tokens(
      Trajectory trajectory, ScoredGroups scored, Function<TokenIds, List<String>> texts) {
    ObjectNode node = Json.object();
    ArrayNode ids = node.putArray("tokens");
    for (int id : trajectory.response().toArray()) {
      ids.add(id);
    }
    texts.apply(trajectory.response()).forEach(node.withArray("texts")::add);
    if (trajectory.generated()) {
      numbers(node, "rollout", trajectory.rolloutLogprobs());
      numbers(node, "sampled", trajectory.sampledLogprobs());
    }
    numbers(node, "policy", scored.policyLogprobs().get(trajectory.id()));
    numbers(node, "reference", scored.referenceLogprobs().get(trajectory.id()));
    numbers(node, "advantages", scored.advantages().get(trajectory.id()));
    Sampling sampling = trajectory.sampling();
    ObjectNode drawn = node.putObject("sampling");
    Json.put(drawn, "temperature", sampling.temperature());
    drawn.put("top-k", sampling.topK());
    Json.put(drawn, "top-p", sampling.topP());
    Json.put(drawn, "min-p", sampling.minP());
    drawn.put("max-new-tokens", sampling.maxNewTokens());
    return node;
  }

  /** Numbers that were not recorded are left out; a response that was read has none of sampling. */
  private static void numbers(ObjectNode node, String name, @Nullable PerToken numbers) {
    if (numbers != null && numbers.length() > 0) {
      ArrayNode array = node.putArray(name);
      for (float value : numbers.toArray()) {
        Json.add(array, value);
      }
    }
  }
}
