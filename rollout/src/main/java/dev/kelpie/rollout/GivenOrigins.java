package dev.kelpie.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Provenance;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** Reads the scores of the responses of a row, and who wrote them. */
record GivenOrigins(PromptRow row, DataOptions data) {
  private static final String CHOSEN = "chosen";
  private static final String REJECTED = "rejected";

  /** A finite number of the column of scores. */
  double score(JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw row.error("scores", data.scores(), value, "finite numbers");
    }
    return value.doubleValue();
  }

  /** Those of a pair: the score 1 and 0, or those of the columns that the experiment names. */
  List<Origin> ofPair() {
    boolean scored = !data.chosenScore().isEmpty();
    return List.of(
        of(
            CHOSEN,
            Optional.empty(),
            OptionalDouble.of(scored ? pairScore("chosen-score", data.chosenScore()) : 1)),
        of(
            REJECTED,
            Optional.empty(),
            OptionalDouble.of(scored ? pairScore("rejected-score", data.rejectedScore()) : 0)));
  }

  private double pairScore(String key, String name) {
    JsonNode value = row.column(key, name);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw row.error(key, name, value, "a finite number");
    }
    return value.doubleValue();
  }

  /** Who wrote the response of {@code member}; {@code data.source} where it does not say itself. */
  Origin of(String member, Optional<String> ofResponse, OptionalDouble score) {
    Optional<String> source = ofResponse;
    if (source.isEmpty() && !data.source().isEmpty()) {
      source = Optional.of(row.column("source", data.source()).asText());
    }
    return new Origin(member, source.map(this::provenance).orElse(Provenance.LOG), score);
  }

  private Provenance provenance(String source) {
    for (Provenance known : Provenance.values()) {
      if (known != Provenance.POLICY && known.name().toLowerCase(Locale.ROOT).equals(source)) {
        return known;
      }
    }
    throw row.error(
        "source",
        data.source(),
        row.column("source", data.form() == DataForm.SCORED ? data.responses() : data.source()),
        "human, teacher, reference or log");
  }
}
