package dev.kelpie.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Parses experiment files strictly: mistakes that HOCON ignores are errors. */
final class HoconSource {
  private HoconSource() {}

  /** The file and all it includes, not yet resolved. */
  static Config parse(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(
          file
              + (Files.exists(file) ? ": not a file" : ": no such file")
              + " (expected: an experiment file, such as configs/quickstart.conf)");
    }
    Path start = file.toAbsolutePath().normalize();
    Map<Path, HoconScan> scans = new LinkedHashMap<>();
    scan(start, List.of(start), scans);
    Config config = parseFile(start);
    scans.forEach(HoconSource::refuseDuplicates);
    return config;
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

  private static Config parseFile(Path file) {
    try {
      return ConfigFactory.parseFile(
          file.toFile(),
          ConfigParseOptions.defaults().setAllowMissing(false).setSyntax(ConfigSyntax.CONF));
    } catch (com.typesafe.config.ConfigException e) {
      throw failure(e);
    }
  }

  /** Follows includes depth first; {@code chain} leads from the first file to this one. */
  private static void scan(Path file, List<Path> chain, Map<Path, HoconScan> scans) {
    HoconScan scan = HoconScan.of(read(file));
    scans.put(file, scan);
    for (HoconScan.Include include : scan.includes()) {
      Path target = file.resolveSibling(include.name()).normalize();
      if (!include.form().isEmpty() && !include.form().equals("required(")) {
        throw wrong(include, file, include.form() + "...", "include required(\"FILE\")");
      } else if (!Files.isRegularFile(target)) {
        throw wrong(
            include, file, "no such file", "a file, named from the including file's folder");
      } else if (chain.contains(target)) {
        throw wrong(
            include, file, "loop " + names(chain, target), "files that do not include themselves");
      }
      scan(target, Stream.concat(chain.stream(), Stream.of(target)).toList(), scans);
    }
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
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ConfigException(Origins.shown(file) + ": not UTF-8 (expected: a HOCON text file)");
    } catch (IOException e) {
      throw new ConfigException(Origins.shown(file) + ": cannot be read (" + e.getMessage() + ")");
    }
  }
}
