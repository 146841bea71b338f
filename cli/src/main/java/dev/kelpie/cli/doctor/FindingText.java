package dev.kelpie.cli.doctor;

import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.doctor.Examination;
import dev.kelpie.runs.doctor.Finding;
import dev.kelpie.runs.doctor.SampleRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Findings of the doctor as lines for people. */
public final class FindingText {
  private FindingText() {}

  /** The lines at the end of a run; one line where nothing was found. */
  public static List<String> ofRun(RunFolder folder) {
    try {
      return lines(folder, Examination.of(folder, damaged -> {}));
    } catch (IOException e) {
      return List.of("doctor: the metrics cannot be read: " + e.getMessage());
    }
  }

  /** A headline, then the findings. */
  static List<String> lines(RunFolder folder, Examination examination) {
    List<Finding> findings = examination.findings();
    int alarms = examination.alarms().size();
    int notes = findings.size() - alarms;
    List<String> lines = new ArrayList<>();
    lines.add(
        "doctor: "
            + (alarms == 0 ? "no alarm" : alarms + (alarms == 1 ? " alarm" : " alarms"))
            + (notes == 0 ? "" : notes == 1 ? ", 1 note" : ", " + notes + " notes")
            + " in "
            + steps(Math.max(0, examination.step())));
    SampleFiles samples = new SampleFiles(folder.rollouts());
    findings.forEach(finding -> lines.addAll(lines(folder, samples, finding)));
    return lines;
  }

  private static String steps(long count) {
    return count == 1 ? "1 step" : count + " steps";
  }

  private static List<String> lines(RunFolder folder, SampleFiles samples, Finding finding) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "  "
            + finding.level().name().toLowerCase(Locale.ROOT)
            + " "
            + finding.rule()
            + ", "
            + when(finding)
            + ": "
            + SafeText.line(finding.evidence()));
    lines.add("    " + finding.meaning());
    if (!finding.keys().isEmpty()) {
      lines.add("    look at: " + String.join(", ", finding.keys()));
    }
    for (SampleRow row : SampleRow.of(samples, finding)) {
      lines.add("    " + command(folder, row) + "   " + words(row));
    }
    return lines;
  }

  /** {@code since step 14}, or {@code steps 14 to 20} when it is over. */
  private static String when(Finding finding) {
    return finding.current()
        ? "since step " + finding.since()
        : "over, steps " + finding.since() + " to " + finding.until();
  }

  /** The command that shows a response. */
  static String command(RunFolder folder, SampleRow row) {
    return String.format(
        Locale.ROOT,
        "kelpie samples %s --step %d --group %d",
        RunFolder.shown(folder.root()),
        row.step(),
        row.group());
  }

  private static String words(SampleRow row) {
    return String.format(
        Locale.ROOT,
        "#%d, %s, %d tokens%s",
        row.sample(),
        Double.isNaN(row.reward())
            ? "no reward"
            : String.format(Locale.ROOT, "reward %.3f", row.reward()),
        row.length(),
        row.cut() ? ", cut off" : "");
  }
}
