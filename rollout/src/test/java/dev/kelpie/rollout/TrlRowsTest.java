package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.DataOptions.Truncation;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows of TRL's forms against the token ids that TRL makes of them ({@code
 * scripts/parity/trl_rows.py}).
 */
class TrlRowsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FOLDER = Path.of("src/test/resources/trl");

  @Test
  void readsTheTokensThatTrlReads(@TempDir Path folder) throws IOException {
    JsonNode all = JSON.readTree(FOLDER.resolve("rows.json").toFile());
    List<String> differences = new ArrayList<>();
    int rows = 0;
    for (JsonNode c : all.get("cases")) {
      List<String> expected = new ArrayList<>();
      c.get("expected")
          .forEach(row -> expected.add(row.get("prompt") + " " + row.get("responses")));
      List<String> found = read(folder, all, c);
      rows += found.size();
      if (!found.equals(expected)) {
        differences.add(c.get("name") + "\n" + found + "\n!=\n" + expected);
      }
    }
    assertThat(differences).isEmpty();
    assertThat(rows).isGreaterThan(50);
  }

  private static List<String> read(Path folder, JsonNode all, JsonNode c) throws IOException {
    Path file = folder.resolve(c.get("name").asText() + ".jsonl");
    List<String> lines = new ArrayList<>();
    c.get("rows").forEach(row -> lines.add(row.toString()));
    Files.write(file, lines);
    String template = c.get("template").asText();
    Optional<ChatTemplate> chat =
        template.isEmpty()
            ? Optional.empty()
            : Optional.of(
                ChatTemplate.of(
                    template,
                    all.get("templates").get(template).asText(),
                    Map.of("bos_token", "<s>", "eos_token", "<|endoftext|>")));
    List<String> found = new ArrayList<>();
    try (JsonlPromptSource source =
        JsonlPromptSource.open(
            file,
            data(c, chat.isPresent()),
            Tokenizer.open(FOLDER),
            chat,
            1,
            ReadOptions.DEFAULTS)) {
      for (int i = 0; i < source.size(); i++) {
        Prompt prompt = source.inFileOrder(i);
        List<String> responses = new ArrayList<>();
        for (GivenResponse response : prompt.responses()) {
          responses.add(Arrays.toString(response.tokens().toArray()).replace(" ", ""));
        }
        found.add(
            (Arrays.toString(prompt.tokens().toArray()) + " " + responses).replace(", ", ","));
      }
    }
    return found;
  }

  private static DataOptions data(JsonNode c, boolean chat) {
    JsonNode options = c.get("options");
    return GivenData.of(
        DataForm.valueOf(c.get("form").asText().toUpperCase(Locale.ROOT)),
        chat,
        options.path("tools").asText(""),
        options.path("max_length").asInt(1024),
        Truncation.valueOf(
            options
                .path("truncation")
                .asText("keep-start")
                .replace('-', '_')
                .toUpperCase(Locale.ROOT)));
  }
}
