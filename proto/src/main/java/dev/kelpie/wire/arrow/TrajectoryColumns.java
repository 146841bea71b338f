package dev.kelpie.wire.arrow;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptVariant;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.Field;

/** The columns of a {@link Trajectory}. */
final class TrajectoryColumns {
  static final List<Field> FIELDS =
      Columns.join(
          SampleColumns.FIELDS,
          List.of(
              Columns.of("prompt_id", Columns.TEXT),
              Columns.of("prompt", Columns.TEXT),
              Columns.list("prompt_tokens", Columns.INT32),
              Columns.optional("answer", Columns.TEXT),
              Columns.map("metadata", Columns.TEXT),
              Columns.of("response", Columns.TEXT),
              Columns.list("response_tokens", Columns.INT32),
              Columns.list("rollout_logprobs", Columns.FLOAT32),
              Columns.list("sampled_logprobs", Columns.FLOAT32),
              Columns.list("policy_versions", Columns.INT64),
              Columns.of("finish_reason", Columns.TEXT),
              Columns.of("provenance", Columns.TEXT),
              Columns.of("temperature", Columns.FLOAT64),
              Columns.of("top_k", Columns.INT32),
              Columns.of("top_p", Columns.FLOAT64),
              Columns.of("min_p", Columns.FLOAT64),
              Columns.of("max_new_tokens", Columns.INT32),
              Columns.of("ignore_stop", Columns.BOOL)));

  /** Columns that files of earlier versions do not have; they are read as the policy's own. */
  static final List<Field> LATER =
      List.of(
          Columns.of("member", Columns.TEXT),
          Columns.optional("given_score", Columns.FLOAT64),
          Columns.map("variants", Columns.TEXT),
          Columns.map("variant_tokens", Columns.TEXT),
          Columns.of("member_variant", Columns.TEXT));

  private TrajectoryColumns() {}

  static void write(RowWriter row, Trajectory trajectory) {
    writeGenerated(row, trajectory);
    row.text("member", trajectory.origin().member());
    row.float64("given_score", trajectory.origin().score());
    Map<String, String> texts = new TreeMap<>();
    Map<String, String> tokens = new TreeMap<>();
    trajectory
        .prompt()
        .variants()
        .forEach(
            (name, variant) -> {
              texts.put(name, variant.text());
              tokens.put(name, written(variant.tokens()));
            });
    row.textMap("variants", texts);
    row.textMap("variant_tokens", tokens);
    row.text("member_variant", trajectory.origin().variant());
  }

  private static String written(TokenIds tokens) {
    return Arrays.stream(tokens.toArray())
        .mapToObj(String::valueOf)
        .collect(Collectors.joining(" "));
  }

  private static Map<String, PromptVariant> readVariants(RowReader row) {
    Map<String, PromptVariant> variants = new TreeMap<>();
    if (row.has("variants")) {
      Map<String, String> tokens = row.textMap("variant_tokens");
      row.textMap("variants")
          .forEach(
              (name, text) ->
                  variants.put(
                      name, new PromptVariant(text, parsed(tokens.getOrDefault(name, "")))));
    }
    return variants;
  }

  private static TokenIds parsed(String tokens) {
    return tokens.isEmpty()
        ? TokenIds.empty()
        : TokenIds.of(Arrays.stream(tokens.split(" ", -1)).mapToInt(Integer::parseInt).toArray());
  }

  /** All but the columns that are later. */
  static void writeGenerated(RowWriter row, Trajectory trajectory) {
    SampleColumns.write(row, trajectory.id());
    writePrompt(row, trajectory.prompt());
    row.text("response", trajectory.text());
    row.tokens("response_tokens", trajectory.response());
    row.perToken("rollout_logprobs", trajectory.rolloutLogprobs());
    row.perToken("sampled_logprobs", trajectory.sampledLogprobs());
    row.versions("policy_versions", trajectory.versions());
    row.text("finish_reason", SampleColumns.name(trajectory.finishReason()));
    row.text("provenance", SampleColumns.name(trajectory.origin().provenance()));
    writeSampling(row, trajectory.sampling());
  }

  private static void writePrompt(RowWriter row, Prompt prompt) {
    row.text("prompt_id", prompt.id());
    row.text("prompt", prompt.text());
    row.tokens("prompt_tokens", prompt.tokens());
    row.text("answer", prompt.answer());
    row.textMap("metadata", prompt.metadata());
  }

  private static void writeSampling(RowWriter row, Sampling sampling) {
    row.float64("temperature", sampling.temperature());
    row.int32("top_k", sampling.topK());
    row.float64("top_p", sampling.topP());
    row.float64("min_p", sampling.minP());
    row.int32("max_new_tokens", sampling.maxNewTokens());
    row.bool("ignore_stop", sampling.ignoreStop());
  }

  static Trajectory read(RowReader row) {
    return new Trajectory(
        SampleColumns.read(row),
        readPrompt(row),
        row.tokens("response_tokens"),
        row.text("response"),
        row.perToken("rollout_logprobs"),
        row.perToken("sampled_logprobs"),
        row.versions("policy_versions"),
        SampleColumns.constant(FinishReason.class, row.text("finish_reason")),
        readOrigin(row),
        readSampling(row));
  }

  private static Origin readOrigin(RowReader row) {
    Provenance provenance = SampleColumns.constant(Provenance.class, row.text("provenance"));
    return row.has("member")
        ? new Origin(
            row.text("member"),
            provenance,
            row.optionalFloat64("given_score"),
            row.has("member_variant") ? row.text("member_variant") : "")
        : new Origin(Origin.POLICY_MEMBER, provenance, OptionalDouble.empty());
  }

  private static Prompt readPrompt(RowReader row) {
    return new Prompt(
        row.text("prompt_id"),
        row.text("prompt"),
        row.tokens("prompt_tokens"),
        row.optionalText("answer"),
        row.textMap("metadata"),
        List.of(),
        readVariants(row));
  }

  private static Sampling readSampling(RowReader row) {
    return new Sampling(
        row.float64("temperature"),
        row.int32("top_k"),
        row.float64("top_p"),
        row.float64("min_p"),
        row.int32("max_new_tokens"),
        row.bool("ignore_stop"));
  }
}
