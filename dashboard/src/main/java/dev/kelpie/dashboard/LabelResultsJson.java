package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.runs.label.Agreement;
import dev.kelpie.runs.label.LabelBook;
import dev.kelpie.runs.label.LabelResults;
import java.util.Map;

/** What people have answered, as JSON. A number that does not exist is null. */
final class LabelResultsJson {
  private LabelResultsJson() {}

  static ObjectNode of(LabelBook book) {
    LabelResults results = LabelResults.of(book);
    ObjectNode node = Json.object();
    node.put("items", book.items().size());
    node.put("written", book.written()).put("takenBack", book.takenBack());
    ArrayNode people = node.putArray("people");
    for (LabelResults.Person person : results.people()) {
      ObjectNode one = people.addObject().put("name", person.name());
      one.put("answers", person.answers()).put("ties", person.ties()).put("skips", person.skips());
      Json.put(one, "left", person.left());
      one.put("medianMillis", person.medianMillis());
      putAll(one.putObject("withRun"), person.withRun());
    }
    ArrayNode between = node.putArray("between");
    for (LabelResults.Between two : results.between()) {
      ObjectNode one = between.addObject().put("one", two.one()).put("other", two.other());
      put(one.put("kind", two.pairs() ? "pairs" : "responses"), two.agreement());
    }
    putAll(node.putObject("withRun"), results.withRun());
    Json.put(node, "correlation", results.correlation());
    return node;
  }

  private static void putAll(ObjectNode node, Map<String, Agreement> agreements) {
    agreements.forEach((rater, agreement) -> put(node.putObject(rater), agreement));
  }

  private static void put(ObjectNode node, Agreement agreement) {
    node.put("common", agreement.items());
    Json.put(node, "share", agreement.share());
    Json.put(node, "kappa", agreement.kappa());
  }
}
