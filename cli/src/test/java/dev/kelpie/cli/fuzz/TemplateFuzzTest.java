package dev.kelpie.cli.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.model.ChatRequest;
import dev.kelpie.model.ChatRequest.End;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Message;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Chat templates of open models, broken at random. */
class TemplateFuzzTest {
  private static final Path TEMPLATES =
      Path.of("../model/src/test/resources/parity/chat-requests.json.gz");
  private static final List<String> WORDS =
      Arrays.asList(
          ("{{ }} {%- -%} {% %} {# #} ( ) [ ] { } , : . | ~ + - * ** / // % == < in not and or if"
                  + " else endif for endfor set endset macro endmacro raw endraw filter endfilter"
                  + " range(100000) range(9) loop loop(messages) recursive namespace(x=1) messages"
                  + " messages[0] |tojson |list |join |string |sort |unique |map('upper')"
                  + " |indent(99999) |replace('','ab') .split('a') .replace('a','aa') .items() 'a'"
                  + " \"b\" 9 10**99 99999999999999999999 1.5e300 true none x strftime_now('%A')"
                  + " raise_exception('\\x1b[0m')")
              .split(" "));

  @Test
  void rendersOrRefusesWhatIsBroken() throws IOException, InterruptedException {
    List<byte[]> valid = new ArrayList<>();
    try (InputStream in = new GZIPInputStream(Files.newInputStream(TEMPLATES))) {
      for (JsonNode source : new ObjectMapper().readTree(in).get("templates")) {
        valid.add(source.asText().getBytes(StandardCharsets.UTF_8));
      }
    }
    Set<String> sources = new HashSet<>();
    valid.forEach(bytes -> sources.add(new String(bytes, StandardCharsets.UTF_8)));
    List<Object> tools =
        List.of(
            Map.of("type", "function", "function", Map.of("name", "f", "parameters", Map.of())));
    List<Message> messages =
        List.of(
            new Message("user", "What is 2+2?"),
            new Message("assistant", "<think>hm</think>4"),
            new Message("user", "And 3+3, \"naïve\" 🐕?"));
    ChatRequest plain = new ChatRequest(messages, null, Map.of(), End.GENERATION_PROMPT);
    ChatRequest calling = new ChatRequest(messages, tools, Map.of("x", 1), End.FINAL_MESSAGE);
    new Fuzz(valid, WORDS)
        .run(
            input -> {
              String source = new String(input, StandardCharsets.UTF_8);
              ChatTemplate template =
                  ChatTemplate.of(
                      "chat_template.jinja",
                      source,
                      Map.of("bos_token", "<s>", "eos_token", "</s>"));
              template.render(plain);
              if (Arrays.hashCode(input) % 4 == 0 && !sources.contains(source)) {
                template.render(calling);
              }
            },
            CheckpointException.class);
  }
}
