package dev.kelpie.cli.inspect;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The checkpoints of a run, {@code checkpoints/step-N}. */
public final class Checkpoints {
  private Checkpoints() {}

  /** Their folders, oldest first. */
  static List<Path> of(RunFolder run) {
    if (!Files.isDirectory(run.checkpoints())) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(run.checkpoints())) {
      return folders
          .filter(folder -> String.valueOf(folder.getFileName()).matches("step-\\d{1,18}"))
          .sorted(Comparator.comparingLong(Checkpoints::step))
          .toList();
    } catch (IOException e) {
      throw new ConfigException(run.checkpoints() + ": cannot be listed: " + e.getMessage());
    }
  }

  /** The step of such a folder. */
  static long step(Path folder) {
    return Long.parseLong(String.valueOf(folder.getFileName()).substring("step-".length()));
  }

  /** Where the policy lies in one, as transformers loads it. */
  public static Path policy(Path checkpoint) {
    return checkpoint.resolve("learner").resolve("policy");
  }

  /** What is wrong with a checkpoint, one line each; reads all of its files. */
  static List<String> problems(Path checkpoint) {
    try {
      Optional<Manifest> manifest = Manifest.in(checkpoint);
      return manifest.isEmpty()
          ? List.of(checkpoint + ": no " + Manifest.NAME + " (expected: a complete checkpoint)")
          : manifest.get().entries().stream()
              .flatMap(entry -> manifest.get().problem(entry).stream())
              .toList();
    } catch (ConfigException e) {
      return List.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The newest checkpoint of {@code run} whose files are all as they were written.
   *
   * @param shown the run as messages call it
   * @param skipped told in one line of each newer one that is not
   * @throws ConfigException when there is none
   */
  public static Path newest(RunFolder run, Path shown, Consumer<String> skipped) {
    List<Path> all = of(run);
    for (int i = all.size() - 1; i >= 0; i--) {
      List<String> problems = problems(all.get(i));
      if (problems.isEmpty()) {
        return all.get(i);
      }
      skipped.accept(problems.get(0) + "; taking the checkpoint before");
    }
    throw new ConfigException(
        shown
            + ": no complete checkpoint"
            + (all.isEmpty() ? "" : " among " + all.size())
            + " (expected: a run that has saved one, or a checkpoint folder)");
  }
}
