package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Pairs as JSON. A number that was not recorded is null. */
final class PairJson {
  private PairJson() {}

  /** A line of the list of pairs. */
  static void brief(
      ObjectNode node,
      int number,
      TrainedPair pair,
      ImplicitRewards rewards,
      Function<TrainedPair.Side, Optional<Trajectory>> samples) {
    node.put("pair", number);
    node.put("group", pair.chosen().group().index());
    Json.put(node, "probability", pair.probability());
    Json.put(node, "difference", rewards.difference(pair));
    node.put("wrong", ImplicitRewards.isWrongWayRound(pair));
    side(node.putObject("chosen"), pair.chosen(), samples.apply(pair.chosen()).orElse(null));
    side(node.putObject("rejected"), pair.rejected(), samples.apply(pair.rejected()).orElse(null));
  }

  /** The same with the texts and every number. */
  static void whole(
      ObjectNode node,
      int number,
      TrainedPair pair,
      ImplicitRewards rewards,
      Function<TrainedPair.Side, Optional<Trajectory>> samples) {
    brief(node, number, pair, rewards, samples);
    Json.put(node, "weight", pair.weight());
    Json.put(node, "margin", pair.margin());
    node.put("source", pair.source());
    Json.put(node, "beta", rewards.beta());
    Trajectory chosen = samples.apply(pair.chosen()).orElse(null);
    Trajectory rejected = samples.apply(pair.rejected()).orElse(null);
    more((ObjectNode) node.get("chosen"), pair.chosen(), chosen, rewards);
    more((ObjectNode) node.get("rejected"), pair.rejected(), rejected, rewards);
    Trajectory known = chosen == null ? rejected : chosen;
    if (known != null) {
      node.put("promptId", known.prompt().id());
      node.put("prompt", SampleJson.cut(known.prompt().text()));
      known.prompt().answer().ifPresent(answer -> node.put("answer", SampleJson.cut(answer)));
    }
  }

  private static void side(ObjectNode node, TrainedPair.Side side, @Nullable Trajectory sample) {
    node.put("sample", side.sample());
    Json.put(node, "score", side.score());
    if (sample != null) {
      node.put("member", sample.origin().member());
    }
  }

  private static void more(
      ObjectNode node,
      TrainedPair.Side side,
      @Nullable Trajectory sample,
      ImplicitRewards rewards) {
    node.put("group", side.group().index());
    Json.put(node, "target", side.target());
    Json.put(node, "logprob", side.logprob());
    Json.put(node, "logRatio", side.logRatio());
    Json.put(node, "implicit", rewards.of(side));
    node.put("variant", side.variant());
    if (sample != null) {
      node.set("response", SampleJson.response(Json.object(), sample));
    }
  }
}
