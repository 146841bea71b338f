package dev.kelpie.cli;

import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Folders of runs with the times that {@code kelpie plan} reads, made by hand; for tests. */
public final class MeasuredFolder {
  private MeasuredFolder() {}

  /**
   * Writes a run of 8 prompts with 8 responses of 10 tokens. A unit takes 0.4 s, an update 0.3 s,
   * publishing 0.05 s, loading 0.05 s, a response's reward 1 ms, and the rest of a step 0.02 s.
   */
  public static Path write(Path root, int steps, int rolloutThreads, int learnerThreads)
      throws IOException {
    RunFolder folder = new RunFolder(Files.createDirectories(root));
    Files.writeString(
        folder.experimentFile(),
        String.format(
            Locale.ROOT,
            "policy.path = p, data { path = a.jsonl, prompt = p }%n"
                + "reward.a { type = length }%nrollout.threads = %d%nlearner.threads = %d%n",
            rolloutThreads,
            learnerThreads));
    StringBuilder metrics = new StringBuilder();
    for (int step = 1; step <= steps; step++) {
      metrics.append(
          String.format(
              Locale.ROOT,
              "{\"format\":1,\"step\":%d,\"reward/mean\":0.5,\"data/responses\":64,"
                  + "\"response_length/mean\":10,\"response_length/max\":20,"
                  + "\"timing_s/rollout\":0.4,\"timing_s/update_policy\":0.3,"
                  + "\"timing_s/step\":0.85,\"timing_s/other\":0.02,\"unit/count\":1,"
                  + "\"unit/generate_s\":0.4,\"unit/load_s\":0.05,\"unit/publish_s\":0.05,"
                  + "\"unit/score_count\":8,\"unit/score_s\":0.008,\"run/disturbed\":0}%n",
              step));
    }
    Files.writeString(folder.metricsFile(), metrics);
    return root;
  }
}
