package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The snippets of {@code docs/data.md}, run as they are on the run that it makes, and the heading
 * that it shows of their output. One whose packages this Python does not have is skipped.
 */
class DataDocTest {
  private static final Pattern SNIPPET =
      Pattern.compile("```(python|sh)\n(.*?)```\n```\n(.*?)```", Pattern.DOTALL);
  private static final Pattern MAKES =
      Pattern.compile(
          "^\\./kelpie train configs/quickstart.conf (.*) --run-dir (\\S+)$", Pattern.MULTILINE);
  private static final Pattern NEEDS = Pattern.compile("bin/pip install (.*)");

  @TempDir private static Path scratch = Path.of("");

  private static boolean made;
  private static int ran;
  private static int skipped;

  /**
   * A snippet with what it needs of those before it under its heading.
   *
   * @param code what is run
   * @param output what the document shows of its output
   */
  private record Snippet(String name, String language, String code, String output) {}

  @TestFactory
  Stream<DynamicTest> everySnippetRunsAndPrintsWhatTheDocumentShows() throws IOException {
    return snippets().stream().map(one -> dynamicTest(one.name(), () -> check(one)));
  }

  @Test
  void theDocumentHasItsSnippets() throws IOException {
    assertThat(snippets().stream().map(Snippet::name))
        .containsExactly(
            "pandas 1",
            "pandas 2",
            "DuckDB 3",
            "polars 4",
            "Weights 5",
            "TensorBoard 6",
            "The journal 7");
  }

  @AfterAll
  static void say() {
    System.out.println("docs/data.md: " + ran + " snippets ran, " + skipped + " skipped");
  }

  private static String document() throws IOException {
    return Files.readString(Shipped.configs().resolveSibling("docs/data.md"));
  }

  private static List<Snippet> snippets() throws IOException {
    List<Snippet> all = new ArrayList<>();
    String run = "";
    for (String section : document().split("(?m)^## ", -1)) {
      String imports = "";
      Matcher matcher = SNIPPET.matcher(section);
      while (matcher.find()) {
        String code = matcher.group(2);
        String prelude = matcher.group(1).equals("python") ? run + imports : "";
        String name = section.lines().findFirst().orElse("") + " " + (all.size() + 1);
        all.add(new Snippet(name, matcher.group(1), prelude + code, matcher.group(3)));
        imports += lines(code, "(import|from) .*");
        run += lines(code, "run = .*");
      }
    }
    return all;
  }

  private static String lines(String code, String pattern) {
    StringBuilder found = new StringBuilder();
    code.lines().filter(line -> line.matches(pattern)).forEach(line -> found.append(line + "\n"));
    return found.toString();
  }

  private static void check(Snippet snippet) throws IOException {
    PythonScript.run(scratch, "--version");
    List<String> missing = missing();
    if (missing.size() == needed().size()) {
      skipped++;
      PythonScript.skip("skipped: " + snippet.name() + ": none of " + missing + " is installed");
    }
    makeRun();
    PythonScript script = run(snippet);
    String last = script.output().lines().reduce("", (before, line) -> line);
    if (script.code() != 0 && missing.stream().anyMatch(name -> isMissing(last, name))) {
      skipped++;
      PythonScript.skip("skipped: " + snippet.name() + ": " + last);
    }
    assertThat(script.code()).as(script.output()).isZero();
    assertThat(heading(script.output())).isEqualTo(heading(snippet.output()));
    ran++;
  }

  private static boolean isMissing(String last, String name) {
    return last.matches("(ModuleNotFound|Import)Error: .*") && last.contains(name);
  }

  private static PythonScript run(Snippet snippet) throws IOException {
    if (snippet.language().equals("python")) {
      return PythonScript.run(
          scratch, Files.writeString(scratch.resolve("snippet.py"), snippet.code()).toString());
    }
    // venv/bin/python scripts/NAME.py RUN
    String[] words = snippet.code().strip().split(" ", -1);
    assertThat(words).hasSize(3).startsWith("venv/bin/python");
    return PythonScript.run(
        scratch, PythonScript.shipped(words[1].replace("scripts/", "")), words[2]);
  }

  /** The first line with words in it, without numbers and spacing. */
  private static String heading(String output) {
    String line =
        output.lines().filter(one -> one.matches(".*\\p{L}.*")).findFirst().orElse("nothing");
    return line.replaceAll("[-+\\d.]+", "").replaceAll("\\s+", " ").strip();
  }

  private static List<String> needed() throws IOException {
    return Arrays.asList(find(NEEDS).group(1).split(" ", -1));
  }

  private static List<String> missing() throws IOException {
    List<String> missing = new ArrayList<>();
    for (String name : needed()) {
      if (PythonScript.run(scratch, "-c", "import " + name).code() != 0) {
        missing.add(name);
      }
    }
    return missing;
  }

  private static void makeRun() throws IOException {
    if (made) {
      return;
    }
    Matcher makes = find(MAKES);
    List<String> arguments = new ArrayList<>(List.of("train", Shipped.quickstart()));
    arguments.addAll(Arrays.asList(makes.group(1).split(" ", -1)));
    arguments.addAll(List.of("--run-dir", scratch.resolve(makes.group(2)).toString()));
    CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    made = true;
  }

  private static Matcher find(Pattern pattern) throws IOException {
    Matcher matcher = pattern.matcher(document());
    assertThat(matcher.find()).as("%s in docs/data.md", pattern).isTrue();
    return matcher;
  }
}
