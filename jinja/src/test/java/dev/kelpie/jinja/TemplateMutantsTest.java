package dev.kelpie.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Mutants of the chat templates of open models, rendered by jinja2 as transformers sets it up
 * ({@code scripts/parity/template_mutants.py}). Kelpie renders the same text or refuses the
 * template; what jinja2 refuses, Kelpie refuses. {@code -Dkelpie.mutants=FILE} checks another file
 * of the script.
 */
class TemplateMutantsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private int same;
  private int refused;
  private int bothRefused;
  private long mostSteps;
  private long mostCharacters;
  private long mostItems;

  @Test
  void rendersAMutantAsTheReferenceDoesOrRefusesIt() throws IOException {
    JsonNode all;
    try (InputStream in = new GZIPInputStream(file())) {
      all = JSON.readTree(in);
    }
    Clock now =
        Clock.fixed(
            LocalDateTime.parse(all.get("now").asText()).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    List<Map<String, @Nullable Object>> variables =
        JSON.convertValue(all.get("variables"), new TypeReference<>() {});
    List<String> differences = new ArrayList<>();
    for (JsonNode c : all.get("cases")) {
      String source = source(all, c);
      String difference = difference(source, variables.get(c.get(2).asInt()), c.get(3), now);
      if (!difference.isEmpty()) {
        differences.add(difference + "\n--- of " + c.get(0) + c.get(1) + " " + c.get(2) + "\n");
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%d equal, %d refused by Kelpie only, %d refused by both, %d differ; most of an equal one:"
            + " %d steps, %d characters, %d items%n",
        same,
        refused,
        bothRefused,
        differences.size(),
        mostSteps,
        mostCharacters,
        mostItems);
    assertThat(differences.stream().limit(Integer.getInteger("kelpie.shown", 20))).isEmpty();
    assertThat(same).isGreaterThan(all.get("cases").size() / 5);
  }

  /** A conversation of 2,000 messages of 100 or 1,000 characters needs half of a limit at most. */
  @ParameterizedTest
  @ValueSource(ints = {100, 1000})
  void leavesRoomForLongConversations(int characters) throws IOException {
    JsonNode all;
    try (InputStream in = new GZIPInputStream(file())) {
      all = JSON.readTree(in);
    }
    List<Object> messages = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      String role = i % 2 == 0 ? "user" : "assistant";
      messages.add(
          Map.of("role", role, "content", "Line of 20 letters.\n".repeat(characters / 20)));
    }
    Map<String, @Nullable Object> variables =
        JSON.convertValue(all.get("variables").get(4), new TypeReference<>() {});
    variables.put("messages", messages);
    int rendered = 0;
    double steps = 0;
    double made = 0;
    double items = 0;
    for (JsonNode base : all.get("bases")) {
      Budget budget = new Budget();
      try {
        Template.parse(base.asText()).render(variables, Clock.systemUTC(), budget);
        rendered++;
      } catch (TemplateException e) {
        assertThat(e.getMessage()).doesNotContain("more than"); // of a limit
        continue; // a few want other messages, or what is refused
      }
      steps = Math.max(steps, budget.stepsUsed());
      made = Math.max(made, budget.charactersUsed());
      items = Math.max(items, budget.itemsUsed());
      mostSteps = Math.max(mostSteps, budget.steps());
      mostCharacters = Math.max(mostCharacters, budget.characters());
      mostItems = Math.max(mostItems, budget.items());
    }
    System.out.printf(
        Locale.ROOT,
        "2000 messages of %d characters: %d templates, most %d steps (%.3f of the limit), %d"
            + " characters (%.3f), %d items (%.3f)%n",
        characters,
        rendered,
        mostSteps,
        steps,
        mostCharacters,
        made,
        mostItems,
        items);
    assertThat(rendered).isGreaterThan(60);
    assertThat(List.of(steps, made, items)).allMatch(used -> used < 0.5);
  }

  private static InputStream file() throws IOException {
    String other = System.getProperty("kelpie.mutants", "");
    return other.isEmpty()
        ? Files.newInputStream(Path.of("src/test/resources/parity/template-mutants.json.gz"))
        : Files.newInputStream(Path.of(other));
  }

  private static String source(JsonNode all, JsonNode c) {
    if (c.get(0).isTextual()) {
      return c.get(0).asText();
    }
    String source = all.get("bases").get(c.get(0).asInt()).asText();
    for (JsonNode edit : c.get(1)) { // positions count code points
      int begin = source.offsetByCodePoints(0, edit.get(0).asInt());
      int end = source.offsetByCodePoints(0, edit.get(1).asInt());
      source = source.substring(0, begin) + edit.get(2).asText() + source.substring(end);
    }
    return source;
  }

  private String difference(
      String source, Map<String, @Nullable Object> variables, JsonNode expected, Clock now) {
    Budget budget = new Budget();
    String text;
    try {
      text = Template.parse(source).render(variables, now, budget);
    } catch (TemplateException e) {
      if (expected.isNull()) {
        bothRefused++;
      } else {
        refused++;
        if (Boolean.getBoolean("kelpie.refusals")) {
          System.out.println("refused: " + e.getMessage());
        }
      }
      return "";
    }
    boolean equal =
        expected.isObject()
            ? hash(text).equals(expected.get("sha256").asText())
            : expected.isTextual() && text.equals(expected.asText());
    if (!equal) {
      return "\n"
          + (source.length() > 2000 ? "" : source)
          + "\n--- gives\n"
          + text
          + "\n--- instead of\n"
          + expected;
    }
    same++;
    mostSteps = Math.max(mostSteps, budget.steps());
    mostCharacters = Math.max(mostCharacters, budget.characters());
    mostItems = Math.max(mostItems, budget.items());
    return "";
  }

  private static String hash(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
