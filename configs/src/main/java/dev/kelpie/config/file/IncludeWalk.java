package dev.kelpie.config.file;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Origins;
import dev.kelpie.config.RecordBinder;
import dev.kelpie.config.hocon.HoconScan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Follows the include statements of an experiment file, depth first, before the parser does. A file
 * is scanned once; each include of it counts.
 */
final class IncludeWalk {
  private static final int MOST_DEFINITIONS = 20_000;
  private static final int MOST_REFERENCES = 2000;
  private static final int MOST_INCLUDES = 200;
  private static final int MOST_DEPTH = 20;
  private static final int LONGEST_KEY = 1000;
  private static final String PLACE = "a file, named from the including file's folder";

  private final Path start;
  private final Function<Path, HoconScan> scanner;
  private final Map<Path, HoconScan> scans = new LinkedHashMap<>();
  private final List<HoconScan.Definition> definitions = new ArrayList<>();
  private int includes;
  private int references;

  private IncludeWalk(Path start, Function<Path, HoconScan> scanner) {
    this.start = start;
    this.scanner = scanner;
  }

  /**
   * Scans {@code start} and all that it includes.
   *
   * @throws ConfigException when a file is missing, includes itself, or is beyond a bound
   */
  static IncludeWalk from(Path start, Function<Path, HoconScan> scanner) {
    IncludeWalk walk = new IncludeWalk(start, scanner);
    walk.visit(start, "", List.of(start));
    return walk;
  }

  /** The scans of all files, by path. */
  Map<Path, HoconScan> scans() {
    return scans;
  }

  /** The values of all files under their full keys, once for each include. */
  List<HoconScan.Definition> definitions() {
    return definitions;
  }

  /**
   * Visits one file.
   *
   * @param prefix key of the object that takes the file's values
   * @param chain leads from the first file to this one
   */
  private void visit(Path file, String prefix, List<Path> chain) {
    HoconScan scan = scans.computeIfAbsent(file, scanner);
    for (HoconScan.Definition definition : scan.definitions()) {
      definitions.add(below(prefix, definition));
      references += definition.references().size();
    }
    bound(definitions.size(), MOST_DEFINITIONS, "values with its includes");
    bound(references, MOST_REFERENCES, "substitutions with its includes");
    for (HoconScan.Include include : scan.includes()) {
      includes++;
      bound(includes, MOST_INCLUDES, "includes in all");
      Path target = checked(file, include, chain);
      String inside = RecordBinder.join(prefix, include.path());
      if (inside.length() > LONGEST_KEY) {
        throw wrong(
            include, file, "in a key of " + inside.length() + " characters", "at most 1000");
      }
      visit(target, inside, Stream.concat(chain.stream(), Stream.of(target)).toList());
    }
  }

  private void bound(int found, int most, String what) {
    if (found > most) {
      throw new ConfigException(
          Origins.shown(start) + ": more than " + most + " " + what + " (expected: fewer)");
    }
  }

  private static Path checked(Path file, HoconScan.Include include, List<Path> chain) {
    if (!include.form().isEmpty() && !include.form().equals("required(")) {
      throw wrong(include, file, include.form() + "...", "include required(\"FILE\")");
    }
    Path target = target(file, include);
    if (chain.contains(target)) {
      throw wrong(
          include, file, "loop " + names(chain, target), "files that do not include themselves");
    } else if (chain.size() >= MOST_DEPTH) {
      throw wrong(
          include, file, "more than " + MOST_DEPTH + " files in a chain", "a shorter chain");
    }
    return target;
  }

  private static Path target(Path file, HoconScan.Include include) {
    try {
      Path name = Path.of(include.name());
      if (name.isAbsolute()) {
        throw wrong(include, file, "absolute path", PLACE);
      }
      Path written = file.resolveSibling(name);
      Path target = written.normalize();
      if (!Files.isRegularFile(target)) {
        throw wrong(include, file, "no such file", PLACE);
      } else if (!Files.exists(written) || !Files.isSameFile(written, target)) {
        throw wrong(include, file, "'..' behind a link", "a path without links before '..'");
      }
      return target;
    } catch (InvalidPathException | IOException e) {
      throw wrong(include, file, "no such file", PLACE);
    }
  }

  private static HoconScan.Definition below(String prefix, HoconScan.Definition definition) {
    if (prefix.isEmpty()) {
      return definition;
    }
    // A reference in an included file is looked up below the object first, then as it is written.
    List<String> both =
        definition.references().stream()
            .flatMap(path -> Stream.of(path, RecordBinder.join(prefix, path)))
            .toList();
    return new HoconScan.Definition(
        RecordBinder.join(prefix, definition.path()), definition.length(), both);
  }

  /** The message about an include statement, with its place. */
  static ConfigException wrong(
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
}
