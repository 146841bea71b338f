package dev.kelpie.runs;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.TrajectoryGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The first group of a step as text for people: {@code samples/step-N.txt}. */
public final class SampleText {
  private static final String FORMAT = "kelpie samples 1\n";

  private SampleText() {}

  public static void write(Path folder, TrainingBatch batch) {
    if (batch.groups().isEmpty()) {
      return;
    }
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("step-" + batch.step() + ".txt"), of(batch.groups().get(0)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write samples: " + e.getMessage(), e);
    }
  }

  static String of(TrajectoryGroup group) {
    StringBuilder text = new StringBuilder(FORMAT);
    for (ScoredTrajectory member : group.members()) {
      if (text.length() == FORMAT.length()) {
        text.append("prompt ").append(member.trajectory().prompt().id()).append('\n');
        text.append(member.trajectory().prompt().text()).append("\n\n");
      }
      text.append(
          String.format(
              Locale.ROOT,
              "--- %s reward %.4f %s %s%n",
              member.trajectory().id(),
              member.reward(),
              member.score().parts(),
              member.trajectory().finishReason()));
      text.append(member.trajectory().text()).append('\n');
    }
    for (FailedTrajectory failed : group.failed()) {
      text.append("--- ").append(failed.trajectory().id()).append(" reward failed: ");
      text.append(failed.reason()).append('\n').append(failed.trajectory().text()).append('\n');
    }
    return text.toString();
  }
}
