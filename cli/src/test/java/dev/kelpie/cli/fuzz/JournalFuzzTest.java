package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.runs.LedgerCheck;
import dev.kelpie.runs.RunLog;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Journals of strangers: the lines that count are those which an own reader of the format counts,
 * each damaged one is reported, and no sample is lost from the counts.
 */
class JournalFuzzTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final List<String> GROUP = List.of("step", "index", "samples", "attempt");
  private static final Map<String, List<String>> NUMBERS =
      Map.of(
          "issued", List.of("version"),
          "received", List.of(),
          "rewarded", List.of("failed"),
          "consumed", List.of("by-step"),
          "dropped", List.of());
  private static final String EVENTS =
      """
      {"kind":"started","format":1,"step":0,"seed":-7}
      {"kind":"split","step":1,"units":2}
      {"kind":"issued","purpose":"rollout","step":1,"index":0,"samples":4,"attempt":0,"version":0}
      {"kind":"issued","purpose":"eval","step":0,"index":3,"samples":2,"attempt":0,"version":0}
      {"kind":"received","purpose":"rollout","step":1,"index":0,"samples":4,"attempt":0}
      {"kind":"rewarded","purpose":"rollout","step":1,"index":0,"samples":4,"attempt":0,"failed":1}
      {"kind":"consumed","purpose":"rollout","step":1,"index":0,"samples":4,"attempt":0,"by-step":1}
      {"kind":"dropped","purpose":"eval","step":0,"index":3,"samples":2,"attempt":0,"reason":"lost"}
      {"kind":"issued","purpose":"eval","step":0,"index":3,"samples":2,"attempt":1,"version":0}
      {"kind":"committed","step":1,"policy-sha256":"ab"}
      {"kind":"evaluated","step":1,"values":{"eval/reward/mean":0.5,"x":"NaN"}}
      {"kind":"checkpointed","step":1}
      {"kind":"rewound","step":1}
      {"kind":"ended","status":"finished","step":1}
      """;
  private static final List<String> WORDS =
      List.of(
          "\n",
          "{",
          "}",
          "\"",
          ",",
          "\"kind\":",
          "\"issued\"",
          "\"step\":-1",
          "\"samples\":null",
          "\"attempt\":1",
          "{}",
          "[]",
          "1",
          "\u00e9",
          "\"purpose\":\"ROLLOUT\"",
          "1.5",
          "1e3",
          "\"step\":\"1\"",
          "\u0000");

  @Test
  void journalsAreCountedOrReported(@TempDir Path folder) throws Exception {
    Path events = Files.createDirectories(folder.resolve("run/events"));
    byte[] valid = EVENTS.getBytes(StandardCharsets.UTF_8);
    new Fuzz(List.of(valid), WORDS)
        .run(
            input -> {
              // Most changes would only be caught by the CRC: it is computed again for two in
              // three.
              boolean framed = Arrays.hashCode(input) % 3 != 0;
              byte[] segment = framed ? framed(input, true) : framedThenChanged(valid, input);
              Files.write(events.resolve("000001.jsonl"), segment);
              check(segment, RunLog.recount(events));
            });
  }

  private static void check(byte[] segment, RunLog.Recount recount) {
    long readable = 0;
    long damaged = 0;
    List<byte[]> lines = lines(segment);
    for (int i = 0; i < lines.size(); i++) {
      boolean torn = i == lines.size() - 1 && segment[segment.length - 1] != '\n';
      if (!torn && isEvent(lines.get(i))) {
        readable++;
      } else if (i < lines.size() - 1) {
        damaged++;
      }
    }
    LedgerCheck ledger = recount.ledger();
    assertThat(recount.lines()).as("readable lines").isEqualTo(readable);
    assertThat(ledger.violations().size()).isGreaterThanOrEqualTo((int) Math.min(20, damaged));
    assertThat(ledger.issued())
        .isEqualTo(ledger.consumed() + ledger.measured() + ledger.dropped() + ledger.inFlight());
    assertThat(ledger.counts().values()).allMatch(count -> count >= 0);
    assertThat(String.join("", ledger.violations())).doesNotContain("Exception");
  }

  private static byte[] framed(byte[] input, boolean whole) {
    ByteArrayOutputStream segment = new ByteArrayOutputStream();
    for (byte[] line : lines(input)) {
      segment.writeBytes(
          String.format(
                  Locale.ROOT, "{\"bytes\":%d,\"crc\":\"%s\",\"event\":", line.length, crc(line))
              .getBytes(StandardCharsets.UTF_8));
      segment.writeBytes(line);
      segment.writeBytes(whole ? new byte[] {'}', '\n'} : new byte[] {'}'});
    }
    return segment.toByteArray();
  }

  /** A whole segment in which the bytes are changed where the input differs from the valid one. */
  private static byte[] framedThenChanged(byte[] valid, byte[] input) {
    byte[] segment = framed(valid, true);
    int at = Math.floorMod(Arrays.hashCode(input), segment.length);
    segment[at] = (byte) (segment[at] ^ (1 + (input.length & 0x7f)));
    return input.length % 2 == 0 ? segment : Arrays.copyOf(segment, at);
  }

  private static List<byte[]> lines(byte[] text) {
    List<byte[]> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\n') {
        lines.add(Arrays.copyOfRange(text, from, i));
        from = i + 1;
      }
    }
    if (from < text.length) {
      lines.add(Arrays.copyOfRange(text, from, text.length));
    }
    return lines;
  }

  /** The format as docs/data.md describes it, read without Kelpie. */
  private static boolean isEvent(byte[] line) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      return false;
    }
    String head = "\"event\":";
    int at = text.indexOf(head);
    if (at < 0 || !text.endsWith("}") || line.length > 1 << 20) {
      return false;
    }
    String inner = text.substring(at + head.length(), text.length() - 1);
    byte[] bytes = inner.getBytes(StandardCharsets.UTF_8);
    String expected =
        String.format(
            Locale.ROOT, "{\"bytes\":%d,\"crc\":\"%s\",\"event\":", bytes.length, crc(bytes));
    try {
      return text.startsWith(expected) && fits(JSON.readTree(inner));
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static boolean fits(JsonNode event) {
    JsonNode kind = event.path("kind");
    if (!kind.isTextual() || !isNatural(event.path("step"), Long.MAX_VALUE)) {
      return false;
    }
    List<String> numbers = NUMBERS.get(kind.asText());
    if (numbers != null) {
      boolean group =
          List.of("rollout", "eval").contains(event.path("purpose").asText())
              && GROUP.stream()
                  .allMatch(
                      name ->
                          isNatural(
                              event.path(name),
                              name.equals("step") ? Long.MAX_VALUE : Integer.MAX_VALUE));
      boolean own = numbers.stream().allMatch(name -> isNatural(event.path(name), Long.MAX_VALUE));
      boolean reason = !kind.asText().equals("dropped") || event.path("reason").isTextual();
      return group && own && reason && event.path("purpose").isTextual();
    }
    return switch (kind.asText()) {
      case "started" ->
          isNatural(event.path("format"), 1)
              && event.path("format").longValue() == 1
              && (!event.has("seed") || isWhole(event.path("seed")));
      case "split" -> isNatural(event.path("units"), Integer.MAX_VALUE);
      case "committed" -> !event.has("policy-sha256") || event.path("policy-sha256").isTextual();
      case "ended" -> event.path("status").isTextual();
      case "checkpointed", "rewound", "evaluated" -> true;
      default -> false;
    };
  }

  private static boolean isWhole(JsonNode value) {
    return value.isIntegralNumber() && value.bigIntegerValue().bitLength() < 64;
  }

  private static boolean isNatural(JsonNode value, long most) {
    return isWhole(value) && value.longValue() >= 0 && value.longValue() <= most;
  }

  private static String crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }
}
