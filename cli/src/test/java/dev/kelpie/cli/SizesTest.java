package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No source file has outgrown 400 lines, and no package 40 files. */
class SizesTest {
  private static final Path ROOT = Shipped.configs().resolveSibling("");
  private static final int MOST_LINES = 400;
  private static final int MOST_FILES = 40;

  @Test
  void filesAndPackagesAreOfAReadableSize() throws IOException {
    Map<String, Integer> packages = new TreeMap<>();
    Map<String, Integer> tooLong = new TreeMap<>();
    for (Path file : sources()) {
      int lines = Files.readAllLines(file).size();
      if (lines > MOST_LINES) {
        tooLong.put(ROOT.relativize(file).toString(), lines);
      }
      if (file.toString().contains("/src/main/")) {
        packages.merge(ROOT.relativize(file.resolveSibling("")).toString(), 1, Integer::sum);
      }
    }
    assertThat(packages).hasSizeGreaterThan(30);
    assertThat(tooLong).isEmpty();
    packages.values().removeIf(files -> files <= MOST_FILES);
    assertThat(packages).isEmpty();
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve("src"))
          .filter(Files::isDirectory)
          .flatMap(SizesTest::javaFiles)
          .toList();
    }
  }

  private static Stream<Path> javaFiles(Path source) {
    try (Stream<Path> all = Files.walk(source)) {
      return all.filter(path -> path.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
