package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.doctor.Examination;
import dev.kelpie.runs.doctor.FindingJson;
import dev.kelpie.runs.doctor.RunFacts;
import java.util.List;

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
    return FindingJson.of(examination, samples);
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
}
