package dev.kelpie.config.named;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/**
 * A member of every group beside the policy's own samples: where its responses come from. Which
 * keys it takes depends on {@code from}.
 */
public record MemberOptions(
    @Doc("source of the responses: column, file, model, earlier or mixture") String from,
    @Doc("column: column with the response; file: the same of a JSONL file") String column,
    @Doc("column, file: column with its score; empty: the rewards score it") String score,
    @Doc("file: the file, JSONL or a recorded rollouts/step-N.arrow; model: a checkpoint folder")
        String path,
    @Doc("file: column with the id of the prompt") String id,
    @Doc("earlier: t-K, K versions before the policy, or initial") String version,
    @Doc("mixture: share of the reference's logits; the rest are the policy's") double coef,
    @Doc("responses per prompt") int count,
    @Doc("model, earlier, mixture: sampling temperature; none: that of rollout")
        OptionalDouble temperature,
    @Doc("who wrote the responses: human, teacher, log, reference or policy; empty: by from")
        String provenance,
    @Doc("whether losses and advantages use its responses; else they only count in win rates")
        boolean trained) {
  /** The version that a run starts with. */
  public static final String INITIAL = "initial";

  /** The keys that each source takes beside those that all take. */
  private static final Map<String, Set<String>> KEYS =
      new TreeMap<>(
          Map.of(
              "column", Set.of("column", "score"),
              "file", Set.of("path", "id", "column", "score", "count"),
              "model", Set.of("path", "count", "temperature"),
              "earlier", Set.of("version", "count", "temperature"),
              "mixture", Set.of("coef", "count", "temperature")));

  private static final Set<String> COMMON = Set.of("from", "provenance", "trained");
  private static final List<String> WRITERS =
      List.of("human", "teacher", "log", "reference", "policy");

  public static final MemberOptions DEFAULTS =
      new MemberOptions(
          "column", "response", "", "", "id", "t-1", 0.5, 1, OptionalDouble.empty(), "", true);

  public MemberOptions {
    Require.oneOf("from", from, KEYS.keySet());
    Require.that(!column.isEmpty(), "column: empty (expected: the name of a column)");
    Require.that(
        !(from.equals("file") || from.equals("model")) || !path.isEmpty(),
        "path: empty (expected: %s)",
        from.equals("file") ? "a file of responses" : "a checkpoint folder");
    Require.that(!id.isEmpty(), "id: empty (expected: the name of a column)");
    Require.that(
        version.equals(INITIAL) || version.matches("t-[1-9]\\d{0,3}"),
        "version: %s (expected: initial, or t-1, t-2, ...)",
        version);
    Require.within("coef", coef, 0, 1);
    Require.atLeast("count", count, 1);
    temperature.ifPresent(value -> Require.positive("temperature", value));
    if (!provenance.isEmpty()) {
      Require.oneOf("provenance", provenance, WRITERS);
    }
  }

  /**
   * The options of a block {@code members.NAME}.
   *
   * @throws ConfigException for a value that is wrong, or a key that the source does not take
   */
  static MemberOptions of(ConfigBlock block) {
    MemberOptions options = block.bind(DEFAULTS);
    for (Map.Entry<String, Object> entry : block.values().entrySet()) {
      String key = entry.getKey();
      if (!COMMON.contains(key) && !KEYS.getOrDefault(options.from, Set.of()).contains(key)) {
        throw block.error(key, entry.getValue(), "no value, because from = " + options.from);
      }
    }
    return options;
  }

  /** Whether the responses are read rather than sampled. */
  public boolean given() {
    return from.equals("column") || from.equals("file");
  }

  /** How many versions before the policy; -1 for the version that the run starts with. */
  public int back() {
    return version.equals(INITIAL) ? -1 : Integer.parseInt(version.substring("t-".length()));
  }

  /** Name of who wrote the responses, in upper case. */
  public String writer() {
    String name =
        !provenance.isEmpty()
            ? provenance
            : switch (from) {
              case "column" -> "human";
              case "file" -> "log";
              case "model" -> "teacher";
              default -> "policy";
            };
    return name.toUpperCase(Locale.ROOT);
  }
}
