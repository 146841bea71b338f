package dev.kelpie.runs.doctor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.runs.SampleFiles;
import java.util.Locale;

/** Findings as JSON, for the page and for programs. */
public final class FindingJson {
  private FindingJson() {}

  /** {@code step}, {@code alarms} and {@code findings} with the samples that show them. */
  public static ObjectNode of(Examination examination, SampleFiles samples) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("step", examination.step());
    node.put("alarms", examination.alarms().size());
    ArrayNode list = node.putArray("findings");
    examination.findings().forEach(finding -> list.add(of(finding, samples)));
    return node;
  }

  private static ObjectNode of(Finding finding, SampleFiles samples) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("rule", finding.rule());
    node.put("level", finding.level().name().toLowerCase(Locale.ROOT));
    node.put("since", finding.since());
    node.put("until", finding.until());
    node.put("current", finding.current());
    node.put("evidence", finding.evidence());
    node.put("meaning", finding.meaning());
    finding.keys().forEach(node.putArray("keys")::add);
    ArrayNode rows = node.putArray("samples");
    for (SampleRow row : SampleRow.of(samples, finding)) {
      ObjectNode one = rows.addObject();
      one.put("step", row.step());
      one.put("group", row.group());
      one.put("sample", row.sample());
      if (Double.isFinite(row.reward())) {
        one.put("reward", row.reward());
      } else {
        one.putNull("reward");
      }
      one.put("tokens", row.length());
      one.put("cut", row.cut());
      one.put("text", row.text());
    }
    return node;
  }
}
