package dev.kelpie.cli.check;

import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rollout.JsonlPromptSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What people should know of a data file that is read. */
public final class DataNotes {
  private DataNotes() {}

  /** A warning about prompts that are others on another day. */
  public static Optional<String> dateWarning(String key, JsonlPromptSource source) {
    return source
        .renderedDate()
        .map(
            date ->
                String.format(
                    Locale.ROOT,
                    "warning: %s: the chat template asks for the date (strftime_now), so the"
                        + " prompts are those of %s; on another day, as after --resume, they are"
                        + " others",
                    key,
                    date));
  }

  /** The same of all files of training prompts, and what each has of a step. */
  static void add(Experiment experiment, List<String> notes, TrainingFiles training) {
    training.all().forEach((key, source) -> add(experiment, notes, key, source));
    notes.addAll(training.notes(experiment));
  }

  /** Adds the date's warning, and how many rows were left out or cut. */
  static void add(Experiment experiment, List<String> notes, String key, JsonlPromptSource source) {
    dateWarning(key, source).ifPresent(notes::add);
    JsonlPromptSource.Counts counts = source.counts();
    int limit = experiment.data().maxPromptTokens();
    if (counts.dropped() > 0) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d prompts left out, longer than data.max-prompt-tokens = %d%s",
              key,
              counts.dropped(),
              counts.rows(),
              limit,
              !key.startsWith("eval.") && experiment.data().form() != DataForm.PROMPTS
                  ? " or data.max-length = " + experiment.data().maxLength()
                  : ""));
    }
    if (counts.outside() + counts.unseen() > 0) {
      DataOptions.PassRate filter = experiment.data().filter().passRate();
      notes.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d prompts left out by data.filter.pass-rate: %d outside [%s, %s] in %s,"
                  + " %d not in it",
              key,
              counts.outside() + counts.unseen(),
              counts.rows(),
              counts.outside(),
              filter.min(),
              filter.max(),
              RunFolder.shown(Path.of(filter.runPath())),
              counts.unseen()));
    }
    if (counts.equal() > 0) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d pairs left out, chosen and rejected are the same",
              key,
              counts.equal(),
              counts.rows()));
    }
    if (counts.cut() > 0) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%s: %d responses cut, longer with their prompt than data.max-length = %d",
              key,
              counts.cut(),
              experiment.data().maxLength()));
    }
    if (counts.truncated() > 0) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d prompts cut on the left to data.max-prompt-tokens = %d",
              key,
              counts.truncated(),
              counts.rows(),
              limit));
    }
  }
}
