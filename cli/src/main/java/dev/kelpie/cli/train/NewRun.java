package dev.kelpie.cli.train;

import dev.kelpie.cli.terminal.Version;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Creates the folder of a new run, for every command that starts one. */
public final class NewRun {
  private static final int MOST_BYTES = 1 << 20;
  private static final DateTimeFormatter FOLDER_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

  private NewRun() {}

  /**
   * Creates the folder.
   *
   * @param wanted its path; null for {@code runs/NAME-UTCTIME}
   * @param resume the command that resumes a run in an existing folder
   * @throws ConfigException when the folder exists or cannot be created
   */
  public static RunFolder folder(LoadedExperiment loaded, @Nullable Path wanted, String resume) {
    RunFolder folder = new RunFolder(wanted != null ? wanted : usual(loaded));
    if (Files.exists(folder.root())) {
      String shown = RunFolder.shown(folder.root());
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "--run-dir: %s exists (expected: a new folder; %s %s goes on in it)",
              shown,
              resume,
              shown));
    }
    try {
      Files.createDirectories(folder.root());
    } catch (IOException e) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "--run-dir: %s cannot be made: %s (expected: a place that can be written to)",
              RunFolder.shown(folder.root()),
              reason(e)));
    }
    return folder;
  }

  private static String reason(IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    return failure instanceof FileSystemException file
        ? String.valueOf(file.getReason())
        : failure.toString();
  }

  private static Path usual(LoadedExperiment loaded) {
    String name = loaded.experiment().run().name();
    if (name.isEmpty()) {
      name = loaded.file().getFileName().toString().replaceFirst("\\.conf$", "");
    }
    return Path.of("runs", name + "-" + FOLDER_TIME.format(Instant.now()));
  }

  /**
   * Stores the experiment in the folder. The file is replaced atomically, so that a process that is
   * killed here leaves a run that can be resumed.
   */
  public static void record(RunFolder folder, LoadedExperiment loaded) throws IOException {
    Path file = folder.experimentFile();
    String text = loaded.render(Version.commit());
    if (Files.isRegularFile(file) && InputFile.readText(file, MOST_BYTES).equals(text)) {
      return;
    }
    AtomicFile.write(file, text);
  }
}
