package dev.kelpie.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The snippets come from {@code -Dkelpie.parity=FOLDER} where that is given. */
class TemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Clock NOW =
      Clock.fixed(Instant.parse("2024-07-26T15:04:05Z"), ZoneOffset.UTC);

  /** Features that Jinja2 renders and Kelpie refuses; a template that needs one is an error. */
  private static final Set<String> REFUSED =
      Set.of(
          "{{ 'abc'.startswith('a') }}{{ 'abc'.endswith('bc') }}{{ 'abc'.replace('b', 'x') }}"
              + "{{ 'abc'.upper() }}{{ 'aBC'.lower() }}{{ 'abc'.find('c') }}{{ 'ab cd'.title() }}"
              + "{{ 'abc'.capitalize() }}",
          "{{ 'abc'|upper }}{{ 'ABC'|lower }}{{ 'ab cd'|title }}{{ 'ab'|capitalize }}"
              + "{{ 'a,b'|replace(',', ';') }}{{ 'abc'|length }}{{ 'abc'|count }}{{ 'abc'|first }}"
              + "{{ 'abc'|last }}",
          "{{ range(3)|list }}{{ range(1, 6, 2)|list }}{{ range(3)|length }}{{ dict(a=1) }}"
              + "{{ [1,2,3]|slice(2)|list }}{{ [1,2,3]|batch(2)|list }}",
          "{{ '%s-%d' % ('a', 3) }}{{ '%.2f' % 1.5 }}{{ '{}+{}'.format(1, 'b') }}"
              + "{{ '%s'|format('q') }}",
          "{{ 1.5|int }}{{ '42'|int }}{{ 'x'|int(7) }}{{ 1|float }}{{ 2.567|round(1) }}"
              + "{{ 3|string }}{{ [1]|string }}{{ none|string }}{{ 'a'|list }}{{ -3|abs }}",
          "{{ '<b>&\"'|e }}{{ '<b>'|safe }}{{ '<b>' }}",
          "{{ d.items }}",
          "{% macro f() %}<{{ caller() }}>{% endmacro %}{% call f() %}x{% endcall %}",
          "{{ cycler('a','b').next() }}{{ joiner(',')() }}{% for i in [1,2,3] %}"
              + "{{ loop.cycle('x','y') }}{% endfor %}",
          "{{ [{'a': 2}, {'a': 1}]|sort(attribute='a')|map(attribute='a')|list }}"
              + "{{ [{'a': 'x', 'v': 1}, {'a': 'x', 'v': 2}]|groupby('a')|list|length }}",
          "{{ 'a\nb'|indent(2) }}|{{ 'a\nb'|indent(2, true) }}|{{ 'hello world'|wordcount }}|"
              + "{{ 'ab'|center(6) }}|{{ 'hello'|truncate(4) }}");

  private static int passed;
  private static int failed;

  @AfterAll
  static void count() {
    System.out.println(passed + " passed, " + failed + " failed");
  }

  static List<JsonNode> snippets() throws IOException {
    String own = Path.of("src/test/resources/parity").toAbsolutePath().toString();
    Path folder =
        Path.of(System.getProperty("kelpie.started.in", ""))
            .resolve(System.getProperty("kelpie.parity", own));
    List<JsonNode> snippets = new ArrayList<>();
    JSON.readTree(folder.resolve("chat-templates/jinja.json").toFile())
        .get("snippets")
        .forEach(snippets::add);
    return snippets;
  }

  @ParameterizedTest
  @MethodSource("snippets")
  void rendersAFeatureAsTheReferenceDoesOrRefusesIt(JsonNode snippet) {
    failed++;
    String source = snippet.get("template").asText();
    Map<String, Object> variables =
        JSON.convertValue(snippet.get("variables"), new TypeReference<>() {});
    boolean refused = false;
    try {
      String text = Template.parse(source).render(variables, NOW);
      assertThat(text).as(source).isEqualTo(snippet.path("text").asText("an error"));
    } catch (TemplateException e) {
      refused = snippet.has("text");
      assertThat(e.getMessage()).isNotEmpty();
      if (source.contains("raise_exception")) {
        assertThat(e.getMessage()).isEqualTo(snippet.path("message").asText());
      }
    }
    assertThat(REFUSED.contains(source)).as(source).isEqualTo(refused);
    failed--;
    passed++;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{% if x %};expected: elif or else or endif",
        "{{ 1 + }};expected: an expression",
        "{{ x|nope }};filter nope is not supported",
        "{{ x is nope }};test nope is not supported",
        "{% extends 'a' %};tag extends is not supported",
        "{{ x.append(1) }};method append of a list is not supported",
        "{{ x.y.z }};'y' is undefined",
        "{{ 'a' + 1 }};a string + a number",
        "{{ x|map('upper') }};a generator cannot be printed",
        "{{ 1 / 0 }};division by zero",
        "{{ range(1000000) }};too many",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }};too deeply",
        "{# comment;a comment without its end",
        "{{ 'open }};unexpected '",
        "{% set a, b = [1] %};1 values for 2 names",
        "{{ x.strip() }};cannot be called",
      })
  void refusesWithAReason(String source, String reason) {
    assertThatThrownBy(
            () -> Template.parse(source).render(Map.of("x", new ArrayList<>(List.of("a"))), NOW))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void neverRunsTextOfVariables() {
    Map<String, Object> variables = new HashMap<>();
    variables.put("x", "{{ y }}{% raise %}");
    assertThat(Template.parse("{{ x }}").render(variables, NOW)).isEqualTo("{{ y }}{% raise %}");
  }

  @Test
  void namesTheLine() {
    assertThatThrownBy(() -> Template.parse("a\nb\n{{ x.y.z }}").render(Map.of("x", 1), NOW))
        .isInstanceOfSatisfying(TemplateException.class, e -> assertThat(e.line()).isEqualTo(3));
  }
}
