package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RewardModelReport;
import dev.kelpie.runs.RewardModelReport.Bin;
import dev.kelpie.runs.RewardModelReport.HeldOut;
import dev.kelpie.runs.RewardModelReport.LengthBias;
import dev.kelpie.runs.RewardModelReport.Model;
import java.io.IOException;

/** The held-out results of the reward models in a folder as JSON. */
final class RewardModelPage {
  private RewardModelPage() {}

  /** {@code results}: one object for each model, and one for the mean score of several. */
  static ObjectNode of(RunFolder folder) throws IOException {
    ObjectNode json = Json.object();
    ArrayNode results = json.putArray("results");
    RewardModelReport.read(folder)
        .ifPresent(
            report -> {
              for (Model model : report.models()) {
                ObjectNode one = results.addObject();
                one.put("name", model.folder().isEmpty() ? "reward model" : model.folder());
                one.put("seed", model.seed()).put("steps", model.steps());
                put(one, model.heldOut());
              }
              report.mean().ifPresent(mean -> put(results.addObject().put("name", "mean"), mean));
            });
    return json;
  }

  private static void put(ObjectNode json, HeldOut heldOut) {
    json.put("pairs", heldOut.pairs());
    Json.put(json, "accuracy", heldOut.accuracy());
    Json.put(json, "standardError", heldOut.standardError());
    Json.put(json, "loss", heldOut.loss());
    Json.put(json, "calibrationError", heldOut.calibrationError());
    for (Bin bin : heldOut.bins()) {
      ObjectNode row = json.withArray("bins").addObject();
      Json.put(row, "from", bin.from());
      Json.put(row, "to", bin.to());
      row.put("pairs", bin.pairs());
      Json.put(row, "confidence", bin.confidence());
      Json.put(row, "accuracy", bin.accuracy());
    }
    LengthBias lengths = heldOut.lengths();
    ObjectNode bias = json.putObject("lengths");
    Json.put(bias, "correlation", lengths.correlation());
    bias.put("shorterPairs", lengths.shorterPairs());
    Json.put(bias, "shorterAccuracy", lengths.shorterAccuracy());
    bias.put("longerPairs", lengths.longerPairs());
    Json.put(bias, "longerAccuracy", lengths.longerAccuracy());
  }
}
