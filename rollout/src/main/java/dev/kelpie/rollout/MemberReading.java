package dev.kelpie.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Reads the responses of the members that a row of prompts brings along: those of its columns, and
 * those that another file has to its id. A response is complete: it ends with a stop token.
 *
 * @param members all members of the experiment
 * @param files the files of the members that have one, by the name of the member
 * @param stops tokens that end a response
 * @param mostTokens longest response, the stop token included
 */
public record MemberReading(
    Members members, Map<String, ResponseSource> files, StopTokens stops, int mostTokens) {
  /** No member is read. */
  public static final MemberReading NONE =
      new MemberReading(new Members(Map.of()), Map.of(), new StopTokens(TokenIds.empty()), 0);

  public MemberReading {
    files = Map.copyOf(files);
    if (!members.given().isEmpty() && stops.ids().length() == 0) {
      throw new ConfigException(
          "policy.path: no eos_token_id (expected: one, to end the responses of members with)");
    }
  }

  /** The columns of the prompts' file that are read. */
  Set<String> columns() {
    Set<String> columns = new HashSet<>();
    for (MemberOptions member : members.given().values()) {
      if (member.from().equals("column")) {
        columns.add(member.column());
        columns.add(member.score());
      }
    }
    columns.remove("");
    return columns;
  }

  /**
   * The responses to a row's prompt, in the order of their members' names.
   *
   * @param written what the chat template writes for a response; empty without a template
   * @throws ConfigException with file and line for a response that is missing or cannot be used
   */
  List<GivenResponse> read(
      PromptRow row, Tokenizer tokenizer, Optional<UnaryOperator<String>> written) {
    List<GivenResponse> responses = new ArrayList<>();
    members
        .given()
        .forEach(
            (name, member) -> {
              for (ResponseSource.Written response : responses(name, member, row)) {
                responses.add(given(name, member, response, tokenizer, written));
              }
            });
    return responses;
  }

  private List<ResponseSource.Written> responses(String name, MemberOptions member, PromptRow row) {
    if (member.from().equals("column")) {
      return List.of(
          new ResponseSource.Written(
              text("members." + name, member.column(), row),
              Optional.empty(),
              true,
              score("members." + name, member.score(), row),
              row.place()));
    }
    ResponseSource file = files.get(name);
    List<ResponseSource.Written> all = file == null ? List.of() : file.of(row.id());
    if (all.size() < member.count()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "members.%s.path: %s has %s responses to %s (expected: at least count = %s), %s",
              name,
              member.path(),
              all.size(),
              row.id(),
              member.count(),
              row.place()));
    }
    return all.subList(0, member.count());
  }

  /** The text of a column, which must not be empty. */
  static String text(String path, String column, PromptRow row) {
    JsonNode value = row.columnOf(path + ".column", column);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw PromptRow.error(
          path + ".column", column, value, "a response that is not empty", row.place());
    }
    return value.textValue();
  }

  /** The score of a column, if one is named. */
  static OptionalDouble score(String path, String column, PromptRow row) {
    if (column.isEmpty()) {
      return OptionalDouble.empty();
    }
    JsonNode value = row.columnOf(path + ".score", column);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw PromptRow.error(path + ".score", column, value, "a finite number", row.place());
    }
    return OptionalDouble.of(value.doubleValue());
  }

  private GivenResponse given(
      String name,
      MemberOptions member,
      ResponseSource.Written response,
      Tokenizer tokenizer,
      Optional<UnaryOperator<String>> written) {
    TokenIds tokens =
        response
            .tokens()
            .orElseGet(
                () ->
                    stops.end(
                        tokenizer.encode(
                            written
                                .map(form -> form.apply(response.text()))
                                .orElse(response.text()),
                            false),
                        written.isPresent()));
    if (response.tokens().isPresent() && !tokenizer.decode(tokens, true).equals(response.text())) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "members.%s.path: a response whose tokens are another text for the policy's tokenizer"
                  + " (expected: one that the same tokenizer wrote), %s",
              name,
              response.place()));
    }
    if (tokens.length() > mostTokens) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "rollout.max-new-tokens: %s (expected: at least %s for the response of members.%s at"
                  + " %s)",
              mostTokens,
              tokens.length(),
              name,
              response.place()));
    }
    return new GivenResponse(
        new Origin(name, Provenance.valueOf(member.writer()), response.score()),
        response.text(),
        tokens,
        response.complete() ? FinishReason.STOP : FinishReason.LENGTH);
  }
}
