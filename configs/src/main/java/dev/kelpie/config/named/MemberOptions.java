package dev.kelpie.config.named;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

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
    @Doc("model: name of a model of the block models, in place of a path") String model,
    @Doc("file: column with the id of the prompt") String id,
    @Doc(
            "earlier: t-K, K versions before the policy; initial; or present: with branches that"
                + " are discarded the version that is trained")
        String version,
    @Doc("mixture: share of the reference's logits; the rest are the policy's") double coef,
    @Doc("responses per prompt") int count,
    @Doc("model, earlier, mixture: sampling temperature; none: that of rollout")
        OptionalDouble temperature,
    @Doc("model, earlier, mixture: variant of the prompt it samples under; empty: the prompt")
        String variant,
    @Doc("who wrote the responses: human, teacher, log, reference or policy; empty: by from")
        String provenance,
    @Doc("whether losses and advantages use its responses; else they only count in win rates")
        boolean trained) {
  /** The version that a run starts with. */
  public static final String INITIAL = "initial";

  /** The version that a step is trained from, where another one samples it. */
  private static final String PRESENT = "present";

  /** The keys that each source takes beside those that all take. */
  private static final Map<String, Set<String>> KEYS =
      new TreeMap<>(
          Map.of(
              "column", Set.of("column", "score"),
              "file", Set.of("path", "id", "column", "score", "count"),
              "model", Set.of("path", "model", "count", "temperature", "variant"),
              "earlier", Set.of("version", "count", "temperature", "variant"),
              "mixture", Set.of("coef", "count", "temperature", "variant")));

  private static final Set<String> COMMON = Set.of("from", "provenance", "trained");
  private static final List<String> WRITERS =
      List.of("human", "teacher", "log", "reference", "policy");

  public static final MemberOptions DEFAULTS =
      new MemberOptions(
          "column",
          "response",
          "",
          "",
          "",
          "id",
          "t-1",
          0.5,
          1,
          OptionalDouble.empty(),
          "",
          "",
          true);

  public MemberOptions {
    Require.oneOf("from", from, KEYS.keySet());
    Require.that(!column.isEmpty(), "column: empty (expected: the name of a column)");
    Require.that(
        !from.equals("file") || !path.isEmpty(), "path: empty (expected: a file of responses)");
    Require.that(
        !from.equals("model") || !path.isEmpty() || !model.isEmpty(),
        "path: empty (expected: a checkpoint folder; or model, a name of the block models)");
    Require.that(!id.isEmpty(), "id: empty (expected: the name of a column)");
    Require.that(
        version.equals(INITIAL) || version.equals(PRESENT) || version.matches("t-[1-9]\\d{0,3}"),
        "version: %s (expected: initial, present, or t-1, t-2, ...)",
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
   * @param models the named models of the experiment
   * @throws ConfigException for a value that is wrong, or a key that the source does not take
   */
  static MemberOptions of(ConfigBlock block, Supplier<Map<String, ModelOptions>> models) {
    MemberOptions options = block.bind(DEFAULTS);
    for (Map.Entry<String, Object> entry : block.values().entrySet()) {
      String key = entry.getKey();
      if (!COMMON.contains(key) && !KEYS.getOrDefault(options.from, Set.of()).contains(key)) {
        throw block.error(key, entry.getValue(), "no value, because from = " + options.from);
      }
    }
    if (options.model.isEmpty()) {
      return options;
    } else if (!options.path.isEmpty()) {
      throw block.error(
          "model",
          options.model,
          "none, because the member has a path; it samples with a checkpoint or a named model");
    }
    return options.sampledBy(named(options.model, models.get(), block));
  }

  private static ModelOptions named(
      String name, Map<String, ModelOptions> models, ConfigBlock block) {
    ModelOptions model = models.get(name);
    if (model == null) {
      throw block.error(
          "model",
          name,
          models.isEmpty()
              ? "a block models." + name
              : "a name of the block models, " + NearestName.expectation(name, models.keySet()));
    } else if (model.iterate().equals(Optional.of(ModelOptions.Iterate.CURRENT))) {
      throw block.error(
          "model",
          name,
          "a checkpoint, previous or initial, because models."
              + name
              + ".policy = current, whose samples are the policy's own: rollout.group-size says how"
              + " many");
    }
    return model;
  }

  /** The same with what the named model is: its checkpoint or its version, and its variant. */
  private MemberOptions sampledBy(ModelOptions named) {
    boolean start = named.iterate().equals(Optional.of(ModelOptions.Iterate.INITIAL));
    return new MemberOptions(
        from,
        column,
        score,
        named.path(),
        model,
        id,
        start ? INITIAL : DEFAULTS.version,
        coef,
        count,
        temperature,
        variant.isEmpty() ? named.variant() : variant,
        provenance,
        trained);
  }

  /** Whether the responses are read rather than sampled. */
  public boolean given() {
    return from.equals("column") || from.equals("file");
  }

  /** Whether a version of the policy before the present one samples the responses. */
  public boolean earlier() {
    return from.equals("earlier") || (from.equals("model") && path.isEmpty());
  }

  /** Whether its version is the one that a step is trained from, and no other. */
  public boolean present() {
    return earlier() && version.equals(PRESENT);
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
              case "model" -> path.isEmpty() ? "policy" : "teacher";
              default -> "policy";
            };
    return name.toUpperCase(Locale.ROOT);
  }
}
