package dev.kelpie.config.file;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Origins;
import dev.kelpie.config.hocon.HoconScan;
import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Parses experiment files strictly: mistakes that HOCON ignores are errors. */
final class HoconSource {
  private static final int MOST_BYTES = 1 << 20;

  private HoconSource() {}

  /** The file and all it includes, not yet resolved. */
  static Config parse(Path file) {
    Path start = start(file);
    IncludeWalk walk = IncludeWalk.from(start, HoconSource::scanned);
    SubstitutionGrowth.require(walk.definitions(), start);
    Config config = parseFile(start, walk.scans().keySet());
    walk.scans().forEach(HoconSource::refuseDuplicates);
    return config;
  }

  /**
   * The experiment that a run has recorded. It is a list of values; includes and substitutions are
   * refused, because nobody but the maker of the folder knows what they would bring in.
   */
  static Config parseRecorded(Path file) {
    Path start = start(file);
    HoconScan scan = scanned(start);
    for (HoconScan.Include include : scan.includes()) {
      throw IncludeWalk.wrong(
          include, start, "refused", "a run's experiment.conf has all values in itself");
    }
    Config config = parseFile(start, Set.of());
    refuseDuplicates(start, scan);
    if (!config.isResolved()) {
      throw new ConfigException(
          Origins.shown(start)
              + ": a substitution (expected: a run's experiment.conf has all values in itself)");
    }
    return config;
  }

  private static Path start(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(
          file
              + (Files.exists(file) ? ": not a file" : ": no such file")
              + " (expected: an experiment file, such as configs/quickstart.conf)");
    }
    return file.toAbsolutePath().normalize();
  }

  /** Typesafe's message with its place written as in all other messages. */
  static ConfigException failure(com.typesafe.config.ConfigException e) {
    ConfigOrigin origin = e.origin();
    String message = String.valueOf(e.getMessage());
    if (origin == null) {
      return new ConfigException(message);
    }
    String described = origin.description() + ": ";
    String bare = message.startsWith(described) ? message.substring(described.length()) : message;
    String clear =
        bare.replaceFirst("(?s) \\(if you (intended|want) .*", "")
            .replaceFirst("expecting a close parentheses '\\)' here", "expecting a close brace '}'")
            .replaceFirst(
                "Could not resolve substitution to a value: (\\$\\{\\??[A-Z_]+\\})",
                "$1: no such value (expected: a key that is set in this file or one it includes;"
                    + " the environment is not read, and ~/ is the home folder)")
            .replaceFirst(
                "Could not resolve substitution to a value: (.*)",
                "$1: no such value (expected: a key that is set in this file or one it includes)");
    return new ConfigException(clear + ConfigException.behind(Origins.of(origin)));
  }

  private static Config parseFile(Path file, Set<Path> scanned) {
    try {
      return ConfigFactory.parseFile(
          file.toFile(),
          ConfigParseOptions.defaults()
              .setAllowMissing(false)
              .setSyntax(ConfigSyntax.CONF)
              .setIncluder(new ScannedIncludes(scanned)));
    } catch (com.typesafe.config.ConfigException e) {
      throw failure(e);
    }
  }

  private static HoconScan scanned(Path file) {
    HoconScan scan = HoconScan.of(read(file));
    for (HoconScan.Excess excess : scan.excess().stream().toList()) {
      throw ConfigException.at(
          "experiment file",
          excess.what(),
          excess.expectation(),
          Origins.shown(file) + ":" + excess.line());
    }
    return scan;
  }

  private static void refuseDuplicates(Path file, HoconScan scan) {
    for (HoconScan.Duplicate duplicate : scan.duplicates()) {
      throw ConfigException.at(
          duplicate.key(),
          "given twice",
          "once; the other is in line " + duplicate.firstLine(),
          Origins.shown(file) + ":" + duplicate.line());
    }
  }

  private static String read(Path file) {
    try {
      return InputFile.readText(file, MOST_BYTES);
    } catch (FileSystemException e) {
      String reason = String.valueOf(e.getReason());
      throw new ConfigException(
          Origins.shown(file)
              + ": "
              + (reason.startsWith("not UTF-8")
                  ? "not UTF-8 (expected: a HOCON text file)"
                  : e.getReason() == null ? "cannot be read (" + e.getMessage() + ")" : reason));
    } catch (IOException e) {
      throw new ConfigException(Origins.shown(file) + ": cannot be read (" + e.getMessage() + ")");
    }
  }
}
