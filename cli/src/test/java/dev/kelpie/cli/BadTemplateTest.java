package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Chat templates that somebody else made, and conversations that a template cannot render. */
class BadTemplateTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Chat templates");
  private static final String PLAIN = "{% for m in messages %}{{ m.content }}{% endfor %}";
  private static final String USER = "{\"role\": \"user\", \"content\": \"1+1?\"}";

  static final List<Kind> REFUSED =
      List.of(
          template(
              "template without end",
              "{% for i in range(100000) %}{% for j in range(100000) %}{% for k in range(100000)"
                  + " %}{% endfor %}{% endfor %}{% endfor %}1"),
          template("macro without end", "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}"),
          template(
              "macro that calls itself twice",
              "{% macro f(n) %}{% if n %}{{ f(n - 1) ~ f(n - 1) }}{% endif %}{% endmacro %}"
                  + "{{ f(50) }}"),
          template(
              "loop that calls itself", "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}"),
          template(
              "text that doubles",
              "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(60) %}"
                  + "{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}"),
          template(
              "list that doubles",
              "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}"
                  + "{% endfor %}"),
          template(
              "list of itself, 60 times",
              "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}"
                  + "{% endfor %}{{ ns.x }}"),
          template("long text", "{{ 'a' * 1000000000 }}"),
          template("large number", "{{ 10 ** (10 ** 10) }}"),
          template("wide text", "{{ '%1000000000d' % 1 }}"),
          template("deep indention", "{{ messages|tojson(indent=100000000) }}"),
          template("replacement that grows", "{{ ('a' * 100000).replace('', 'b' * 100000) }}"),
          template("error with control characters", "{{ raise_exception('\\x1b[31mred\\x07') }}"),
          template("broken template", "{% for m in messages %}"),
          new Kind(
              "template of 100,000 brackets",
              "{{ (((... 1 ...))) }}",
              "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
              USER,
              ""),
          new Kind(
              "template of 50,000 tags",
              "{% if 1 %}{% if 1 %} ...",
              "{% if 1 %}".repeat(50_000),
              USER,
              ""),
          new Kind("template of 2 MB", "a template that is long", "x".repeat(2_000_000), USER, ""),
          conversation("message without a role", "{\"content\": \"1+1?\"}", ""),
          conversation("message without content", "{\"role\": \"user\"}", ""),
          conversation(
              "image in a message",
              "{\"role\": \"user\", \"content\": [{\"type\": \"image\", \"url\": \"x\"}]}",
              ""),
          conversation(
              "suffix without a text to follow",
              "{\"role\": \"user\", \"content\": null, \"tool_calls\": []}",
              "data.suffix = \"!\""),
          conversation("argument that templates have", USER, "data.template-arguments.tools = []"),
          conversation("tools that are no list", USER, "data.tools = answer"),
          conversation(
              "last message without a text",
              "{\"role\": \"assistant\", \"content\": null, \"tool_calls\": []}",
              "data.continue-final-message = true"));

  @TempDir private Path folder = Path.of("");

  /**
   * A template and a conversation.
   *
   * @param input what is odd about it; {@code setting} is a line of the experiment file
   */
  record Kind(String what, String input, String template, String message, String setting) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Kind template(String what, String template) {
    return new Kind(what, template, template, USER, "");
  }

  private static Kind conversation(String what, String message, String setting) {
    return new Kind(what, setting.isEmpty() ? message : setting, PLAIN, message, setting);
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedWithItsPlaceInAMoment(Kind kind) throws IOException {
    SmallExperiment.write(folder, "policy.path = policy, data.chat = true\n" + kind.setting());
    copy(Shipped.configs().resolve("quickstart/policy"), folder.resolve("policy"));
    Files.writeString(folder.resolve("policy/chat_template.jinja"), kind.template());
    Files.writeString(
        folder.resolve("rows.jsonl"), "{\"prompt\": [" + kind.message() + "], \"answer\": \"2\"}");
    String line =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(60),
            () -> Refusal.of(folder, folder.resolve("small.conf").toString()));
    assertThat(line).containsAnyOf("chat_template.jinja", "rows.jsonl:1", "small.conf:");
    assertThat(line).doesNotContainPattern("\\p{Cntrl}");
    TABLE.add(kind.what(), kind.input(), line);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(folder).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file).toString()));
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
