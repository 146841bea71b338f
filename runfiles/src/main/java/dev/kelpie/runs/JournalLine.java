package dev.kelpie.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.ScorerState;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * A journal event as one line: {@code {"bytes":N,"crc":"XXXXXXXX","event":{...}}}, where N and the
 * CRC-32C are of the UTF-8 text of the inner object. The line is JSON itself, so that {@code jq}
 * reads the file.
 */
final class JournalLine {
  private static final Pattern LINE =
      Pattern.compile(
          "\\{\"bytes\":(\\d+),\"crc\":\"([0-9a-f]{8})\",\"event\":(.*)\\}", Pattern.DOTALL);

  /** Key of the hash of weights by their chunks. */
  private static final String WEIGHTS = "weights-sha256";

  /** Its key in earlier journals, where it was that of their bytes. */
  private static final String EARLIER_WEIGHTS = "policy-sha256";

  private JournalLine() {}

  /** The line of {@code event}, without its end. */
  static String write(JournalEvent event) {
    String inner = fields(event).toString();
    byte[] bytes = inner.getBytes(StandardCharsets.UTF_8);
    return String.format(
        Locale.ROOT, "{\"bytes\":%s,\"crc\":\"%s\",\"event\":%s}", bytes.length, crc(bytes), inner);
  }

  /** The event of a line; empty when the line is torn or was changed. */
  static Optional<JournalEvent> read(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    byte[] inner = matcher.group(3).getBytes(StandardCharsets.UTF_8);
    if (!matcher.group(1).equals(String.valueOf(inner.length))
        || !matcher.group(2).equals(crc(inner))) {
      return Optional.empty();
    }
    try {
      return Optional.of(event(JsonFile.JSON.readTree(matcher.group(3))));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  private static ObjectNode fields(JournalEvent event) {
    ObjectNode node = JsonFile.JSON.createObjectNode();
    if (event instanceof JournalEvent.Samples samples) {
      return samples(samples.event(), node);
    } else if (event instanceof JournalEvent.Started started) {
      return node.put("kind", "started")
          .put("format", Journal.FORMAT)
          .put("step", started.step())
          .put("seed", started.seed());
    } else if (event instanceof JournalEvent.Split split) {
      return node.put("kind", "split").put("step", split.step()).put("units", split.units());
    } else if (event instanceof JournalEvent.Refilled refilled) {
      return node.put("kind", "refilled")
          .put("step", refilled.step())
          .put("prompts", refilled.prompts());
    } else if (event instanceof JournalEvent.Committed committed) {
      node.put("kind", "committed")
          .put("step", committed.step())
          .put(WEIGHTS, committed.weightsSha256());
      if (!committed.pairsSha256().isEmpty()) {
        node.put("pairs-sha256", committed.pairsSha256());
      }
      committed
          .processReward()
          .ifPresent(
              state ->
                  node.putObject("process-reward")
                      .put("version", state.version())
                      .put("sha256", state.sha256()));
      return node;
    } else if (event instanceof JournalEvent.IterationBegan began) {
      return node.put("kind", "iteration-began")
          .put("step", began.step())
          .put("iteration", began.iteration())
          .put(WEIGHTS, began.weightsSha256());
    } else if (event instanceof JournalEvent.Advanced advanced) {
      return node.put("kind", "advanced")
          .put("step", advanced.step())
          .put("operator", advanced.operator())
          .put(WEIGHTS, advanced.weightsSha256());
    } else if (event instanceof JournalEvent.BranchDiscarded discarded) {
      return node.put("kind", "branch-discarded")
          .put("step", discarded.step())
          .put("to", discarded.to())
          .put(WEIGHTS, discarded.weightsSha256());
    } else if (event instanceof JournalEvent.Checkpointed checkpointed) {
      return node.put("kind", "checkpointed").put("step", checkpointed.step());
    } else if (event instanceof JournalEvent.Rewound rewound) {
      return node.put("kind", "rewound").put("step", rewound.step());
    } else if (event instanceof JournalEvent.Evaluated evaluated) {
      node.put("kind", "evaluated").put("step", evaluated.step());
      ObjectNode values = node.putObject("values");
      evaluated.values().forEach(values::put);
      return node;
    } else if (event instanceof JournalEvent.Scaled scaled) {
      node.put("kind", "scaled").put("step", scaled.step());
      ObjectNode scales = node.putObject("scales");
      new TreeMap<>(scaled.scales())
          .forEach(
              (name, scale) ->
                  scales
                      .putObject(name)
                      .put("count", scale.count())
                      .put("mean", scale.mean())
                      .put("squares", scale.squares()));
      return node;
    } else if (event instanceof JournalEvent.Best best) {
      return put(node.put("kind", "best"), best.evaluation());
    } else if (event instanceof JournalEvent.Promoted promoted) {
      return put(node.put("kind", "promoted"), promoted.evaluation());
    } else if (event instanceof JournalEvent.RolledBack rolled) {
      return node.put("kind", "rolled-back").put("step", rolled.step()).put("to", rolled.to());
    } else if (event instanceof JournalEvent.Ended ended) {
      return node.put("kind", "ended").put("status", ended.status()).put("step", ended.step());
    }
    throw new IllegalArgumentException("journal event: " + event + " (expected: a known kind)");
  }

  private static ObjectNode put(ObjectNode node, BestEvaluation evaluation) {
    return node.put("step", evaluation.step())
        .put("metric", evaluation.metric())
        .put("value", evaluation.value());
  }

  private static BestEvaluation evaluation(JsonNode node, long step) {
    return new BestEvaluation(step, text(node, "metric"), node.path("value").asDouble());
  }

  private static ObjectNode samples(LedgerEvent event, ObjectNode node) {
    node.put("kind", event.kind().name().toLowerCase(Locale.ROOT))
        .put("purpose", event.group().purpose().name().toLowerCase(Locale.ROOT))
        .put("step", event.group().step())
        .put("index", event.group().index())
        .put("samples", event.samples())
        .put("attempt", event.attempt());
    switch (event.kind()) {
      case ISSUED -> node.put("version", event.number());
      case REWARDED -> node.put("failed", event.number());
      case CONSUMED, REPLAYED -> node.put("by-step", event.number());
      case DROPPED -> node.put("reason", event.reason());
      case RECEIVED -> {}
    }
    return node;
  }

  private static String weights(JsonNode node) {
    return text(node, node.has(WEIGHTS) ? WEIGHTS : EARLIER_WEIGHTS);
  }

  /** Throws IllegalArgumentException where a field is missing or of another type. */
  private static JournalEvent event(JsonNode node) {
    String kind = text(node, "kind");
    long step = natural(node, "step");
    return switch (kind) {
      case "started" -> started(node, step);
      case "split" -> new JournalEvent.Split(step, number(node, "units"));
      case "refilled" -> new JournalEvent.Refilled(step, number(node, "prompts"));
      case "committed" ->
          new JournalEvent.Committed(
              step,
              optional(node, node.has(WEIGHTS) ? WEIGHTS : EARLIER_WEIGHTS),
              optional(node, "pairs-sha256"),
              processReward(node.path("process-reward")));
      case "iteration-began" ->
          new JournalEvent.IterationBegan(step, natural(node, "iteration"), weights(node));
      case "advanced" -> new JournalEvent.Advanced(step, text(node, "operator"), weights(node));
      case "branch-discarded" ->
          new JournalEvent.BranchDiscarded(step, natural(node, "to"), weights(node));
      case "checkpointed" -> new JournalEvent.Checkpointed(step);
      case "rewound" -> new JournalEvent.Rewound(step);
      case "evaluated" -> new JournalEvent.Evaluated(step, values(node.path("values")));
      case "scaled" -> new JournalEvent.Scaled(step, scales(node.path("scales")));
      case "best" -> new JournalEvent.Best(evaluation(node, step));
      case "promoted" -> new JournalEvent.Promoted(evaluation(node, step));
      case "rolled-back" -> new JournalEvent.RolledBack(step, natural(node, "to"));
      case "ended" -> new JournalEvent.Ended(text(node, "status"), step);
      default -> new JournalEvent.Samples(samples(kind, step, node));
    };
  }

  private static JournalEvent started(JsonNode node, long step) {
    if (whole(node, "format") != Journal.FORMAT) {
      throw new IllegalArgumentException("format");
    }
    return new JournalEvent.Started(step, node.has("seed") ? whole(node, "seed") : 0);
  }

  /** A number that does not exist was written as the text {@code NaN} or an infinity. */
  private static Map<String, Scale> scales(JsonNode node) {
    Map<String, Scale> scales = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode scale = entry.getValue();
      scales.put(
          entry.getKey(),
          new Scale(
              natural(scale, "count"),
              scale.path("mean").asDouble(),
              scale.path("squares").asDouble()));
    }
    return scales;
  }

  private static Map<String, Double> values(JsonNode node) {
    Map<String, Double> values = new LinkedHashMap<>();
    node.properties().forEach(item -> values.put(item.getKey(), item.getValue().asDouble()));
    return values;
  }

  private static long whole(JsonNode node, String name) {
    JsonNode value = node.path(name);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException(name);
    }
    return value.asLong();
  }

  private static long natural(JsonNode node, String name) {
    long value = whole(node, name);
    if (value < 0) {
      throw new IllegalArgumentException(name);
    }
    return value;
  }

  private static int number(JsonNode node, String name) {
    try {
      return Math.toIntExact(natural(node, name));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(name, e);
    }
  }

  private static String text(JsonNode node, String name) {
    JsonNode value = node.path(name);
    if (!value.isTextual()) {
      throw new IllegalArgumentException(name);
    }
    return value.asText();
  }

  private static LedgerEvent samples(String name, long step, JsonNode node) {
    LedgerEvent.Kind kind = constant(LedgerEvent.Kind.class, name);
    Purpose purpose = constant(Purpose.class, text(node, "purpose"));
    long number =
        switch (kind) {
          case ISSUED -> natural(node, "version");
          case REWARDED -> natural(node, "failed");
          case CONSUMED, REPLAYED -> natural(node, "by-step");
          case RECEIVED, DROPPED -> 0;
        };
    return new LedgerEvent(
        kind,
        new GroupId(purpose, step, number(node, "index")),
        number(node, "samples"),
        number(node, "attempt"),
        number,
        kind == LedgerEvent.Kind.DROPPED ? text(node, "reason") : "");
  }

  private static Optional<ScorerState> processReward(JsonNode node) {
    return node.isMissingNode()
        ? Optional.empty()
        : Optional.of(new ScorerState(natural(node, "version"), text(node, "sha256")));
  }

  private static String optional(JsonNode node, String name) {
    return node.has(name) ? text(node, name) : "";
  }

  /** Reads back a name in lower case, and no other spelling of it. */
  private static <E extends Enum<E>> E constant(Class<E> type, String name) {
    E constant = Enum.valueOf(type, name.toUpperCase(Locale.ROOT));
    if (!constant.name().toLowerCase(Locale.ROOT).equals(name)) {
      throw new IllegalArgumentException(name);
    }
    return constant;
  }
}
