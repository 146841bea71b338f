package dev.kelpie.cli.train;

import dev.kelpie.cli.terminal.Version;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Creates the folder of a new run, for every command that starts one. */
public final class NewRun {
  private static final int MOST_BYTES = 1 << 20;
  private static final DateTimeFormatter FOLDER_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private NewRun() {}

  /**
   * Creates the folder.
   *
   * @param wanted its path; null for {@code runs/NAME-UTCTIME}, with a number behind it where that
   *     exists
   * @param resume the command that resumes a run in an existing folder
   * @throws ConfigException when the folder exists or cannot be created
   */
  public static RunFolder folder(LoadedExperiment loaded, @Nullable Path wanted, String resume) {
    if (wanted == null) {
      return usual(loaded);
    }
    RunFolder folder = new RunFolder(wanted);
    if (!created(folder, "--run-dir: ")) {
      String shown = RunFolder.shown(folder.root());
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "--run-dir: %s exists (expected: a new folder; %s %s goes on in it)",
              shown,
              resume,
              shown));
    }
    return folder;
  }

  /** Creates the folder and those above it; false when it exists, whoever was faster. */
  private static boolean created(RunFolder folder, String option) {
    Path parent = folder.root().getParent();
    try {
      if (Files.exists(folder.root()) || parent == null) {
        return false;
      }
      Files.createDirectories(parent);
      Files.createDirectory(folder.root());
      return true;
    } catch (FileAlreadyExistsException e) {
      if (Files.isDirectory(folder.root())) {
        return false;
      }
      throw refused(folder, option, "Not a directory");
    } catch (IOException e) {
      throw refused(folder, option, reason(e));
    }
  }

  private static ConfigException refused(RunFolder folder, String option, String reason) {
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "%s%s cannot be made: %s (expected: a place that can be written to%s)",
            option,
            RunFolder.shown(folder.root()),
            reason,
            option.isEmpty() ? ", given by --run-dir" : ""));
  }

  private static String reason(IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    return failure instanceof FileSystemException file
        ? String.valueOf(file.getReason())
        : failure.toString();
  }

  /** Creates {@code runs/NAME-UTCTIME}; runs of one second get {@code -2}, {@code -3} and so on. */
  private static RunFolder usual(LoadedExperiment loaded) {
    String name = loaded.experiment().run().name();
    if (name.isEmpty()) {
      name = loaded.file().getFileName().toString().replaceFirst("\\.conf$", "");
    }
    return numbered(Path.of("runs", name + "-" + FOLDER_TIME.format(Instant.now())));
  }

  /** Creates {@code first}, or with a number behind it where that exists. */
  static RunFolder numbered(Path first) {
    RunFolder folder = new RunFolder(first);
    for (int number = 2; !created(folder, ""); number++) {
      folder = new RunFolder(first.resolveSibling(first.getFileName() + "-" + number));
    }
    return folder;
  }

  /**
   * Stores the experiment in the folder, and as each of its stages has it. A file is replaced
   * atomically, so that a process that is killed here leaves a run that can be resumed.
   */
  public static void record(RunFolder folder, LoadedExperiment loaded) throws IOException {
    List<String> stages = loaded.renderStages(Version.commit());
    for (int stage = 1; stage <= stages.size(); stage++) {
      record(folder.stageFile(stage), stages.get(stage - 1));
    }
    record(folder.experimentFile(), loaded.render(Version.commit()));
  }

  private static void record(Path file, String text) throws IOException {
    if (Files.isRegularFile(file) && InputFile.readText(file, MOST_BYTES).equals(text)) {
      return;
    }
    AtomicFile.write(file, text);
  }
}
