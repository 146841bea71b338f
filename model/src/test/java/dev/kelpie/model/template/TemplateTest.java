package dev.kelpie.model.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.model.SharedFixtures;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Clock NOW =
      Clock.fixed(Instant.parse("2024-07-26T15:04:05Z"), ZoneOffset.UTC);

  /**
   * One feature each; 59 are equal, 11 that no known template uses are refused, none may differ.
   */
  @Test
  void rendersFeaturesAsTheReferenceDoesOrRefusesThem() throws IOException {
    List<String> refused = new ArrayList<>();
    JsonNode file =
        JSON.readTree(SharedFixtures.model("chat-templates").resolve("jinja.json").toFile());
    for (JsonNode snippet : file.get("snippets")) {
      String source = snippet.get("template").asText();
      Map<String, Object> variables =
          JSON.convertValue(snippet.get("variables"), new TypeReference<>() {});
      try {
        String text = Template.parse(source).render(variables, NOW);
        assertThat(text).as(source).isEqualTo(snippet.path("text").asText("an error"));
      } catch (TemplateException e) {
        assertThat(e.getMessage()).isNotEmpty();
        if (snippet.has("text")) {
          refused.add(source + "  " + e.getMessage());
        } else if (e.raisedByTemplate()) {
          assertThat(e.getMessage()).isEqualTo(snippet.get("message").asText());
        }
      }
    }
    assertThat(refused).hasSize(11);
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
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }};without end",
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
