package dev.kelpie.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Parses experiment files strictly: mistakes that HOCON ignores are errors. */
final class HoconSource {
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_DEFINITIONS = 20_000;

  private HoconSource() {}

  /** The file and all it includes, not yet resolved. */
  static Config parse(Path file) {
    Path start = start(file);
    Map<Path, HoconScan> scans = new LinkedHashMap<>();
    List<HoconScan.Definition> definitions = new ArrayList<>();
    scan(start, "", List.of(start), scans, definitions);
    SubstitutionGrowth.require(definitions, start);
    Config config = parseFile(start, scans.keySet());
    scans.forEach(HoconSource::refuseDuplicates);
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
      throw wrong(include, start, "refused", "a run's experiment.conf has all values in itself");
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

  /**
   * Follows includes depth first.
   *
   * @param prefix key of the object that takes the file's values
   * @param chain leads from the first file to this one
   * @param definitions takes the values of all files under their full keys
   */
  private static void scan(
      Path file,
      String prefix,
      List<Path> chain,
      Map<Path, HoconScan> scans,
      List<HoconScan.Definition> definitions) {
    HoconScan scan = scanned(file);
    scans.put(file, scan);
    scan.definitions().forEach(definition -> definitions.add(below(prefix, definition)));
    if (definitions.size() > MOST_DEFINITIONS) {
      throw new ConfigException(
          Origins.shown(chain.get(0))
              + ": more than "
              + MOST_DEFINITIONS
              + " values with its includes (expected: fewer)");
    }
    for (HoconScan.Include include : scan.includes()) {
      if (!include.form().isEmpty() && !include.form().equals("required(")) {
        throw wrong(include, file, include.form() + "...", "include required(\"FILE\")");
      }
      Path target = target(file, include);
      if (!Files.isRegularFile(target)) {
        throw wrong(
            include, file, "no such file", "a file, named from the including file's folder");
      } else if (chain.contains(target)) {
        throw wrong(
            include, file, "loop " + names(chain, target), "files that do not include themselves");
      }
      scan(
          target,
          RecordBinder.join(prefix, include.path()),
          Stream.concat(chain.stream(), Stream.of(target)).toList(),
          scans,
          definitions);
    }
  }

  private static Path target(Path file, HoconScan.Include include) {
    try {
      Path name = Path.of(include.name());
      if (name.isAbsolute()) {
        throw wrong(
            include, file, "absolute path", "a file, named from the including file's folder");
      }
      return file.resolveSibling(name).normalize();
    } catch (InvalidPathException e) {
      throw wrong(include, file, "no such file", "a file, named from the including file's folder");
    }
  }

  private static HoconScan.Definition below(String prefix, HoconScan.Definition definition) {
    if (prefix.isEmpty()) {
      return definition;
    }
    // A reference in an included file is looked up below the object first, then as it is written.
    List<String> references =
        definition.references().stream()
            .flatMap(path -> Stream.of(path, RecordBinder.join(prefix, path)))
            .toList();
    return new HoconScan.Definition(
        RecordBinder.join(prefix, definition.path()), definition.length(), references);
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

  private static ConfigException wrong(
      HoconScan.Include include, Path file, String found, String expectation) {
    return ConfigException.at(
        "include \"" + include.name() + "\"",
        found,
        expectation,
        Origins.shown(file) + ":" + include.line());
  }

  private static String names(List<Path> chain, Path last) {
    return Stream.concat(chain.stream().dropWhile(file -> !file.equals(last)), Stream.of(last))
        .map(file -> String.valueOf(file.getFileName()))
        .collect(Collectors.joining(" -> "));
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
