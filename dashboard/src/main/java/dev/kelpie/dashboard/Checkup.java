package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.doctor.Examination;
import dev.kelpie.runs.doctor.Finding;
import dev.kelpie.runs.doctor.RunFacts;
import dev.kelpie.runs.doctor.SampleRow;
import java.util.List;
import java.util.Locale;

/** The doctor's findings in one run, as the page asks for them; only new steps are examined. */
final class Checkup {
  /** An evaluation may add metrics to a recent step. */
  private static final int STEPS_LOOKED_BACK = 3;

  private final RunView view;
  private final RunFolder folder;
  private final SampleFiles samples;
  private Examination examination = new Examination(RunFacts.UNKNOWN);

  Checkup(RunView view, RunFolder folder, SampleFiles samples) {
    this.view = view;
    this.folder = folder;
    this.samples = samples;
  }

  /** {@code step}, {@code alarms} and {@code findings} with the samples that show them. */
  synchronized ObjectNode findings() {
    examine();
    ObjectNode node = Json.object();
    node.put("step", examination.step());
    node.put("alarms", examination.alarms().size());
    ArrayNode list = node.putArray("findings");
    examination.findings().forEach(finding -> list.add(finding(finding)));
    return node;
  }

  private void examine() {
    List<StepMetrics> recent = view.metrics(Math.max(0, examination.step() - STEPS_LOOKED_BACK));
    boolean rewound = recent.isEmpty() || recent.get(recent.size() - 1).step() < examination.step();
    if (examination.step() < 0 || rewound) {
      examination = new Examination(RunFacts.read(folder));
      recent = view.metrics(0);
    }
    recent.forEach(examination::add);
    view.events().stream()
        .filter(event -> event.level() == RunEvent.Level.ERROR)
        .forEach(event -> examination.failed(event.text()));
  }

  private ObjectNode finding(Finding finding) {
    ObjectNode node = Json.object();
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
      Json.put(one, "reward", row.reward());
      one.put("tokens", row.length());
      one.put("cut", row.cut());
      one.put("text", row.text());
    }
    return node;
  }
}
