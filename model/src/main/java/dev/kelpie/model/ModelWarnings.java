package dev.kelpie.model;

import dev.kelpie.model.architecture.ConfigReading;
import dev.kelpie.model.tokens.TokenizerJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a user must know about a checkpoint that is not refused. */
public final class ModelWarnings {
  private ModelWarnings() {}

  /**
   * The warnings of {@code config.json}, {@code generation_config.json} and the tokenizer's files,
   * a line each.
   *
   * @throws dev.kelpie.model.architecture.CheckpointException if one of the files is refused
   */
  public static List<String> of(Path folder) {
    List<String> lines = new ArrayList<>(ConfigReading.warnings(folder));
    TokenizerJson tokenizer = TokenizerJson.open(folder);
    lines.addAll(tokenizer.reading().warnings());
    ofEnd(folder, tokenizer).ifPresent(lines::add);
    return lines;
  }

  /** Instruction-tuned models are at times shipped with the end of the base model's texts. */
  private static Optional<String> ofEnd(Path folder, TokenizerJson tokenizer) {
    String end = tokenizer.specialTokens().get("eos_token");
    Optional<Integer> id = end == null ? Optional.empty() : tokenizer.id(end);
    StopTokens stops = StopTokens.open(folder);
    if (id.isEmpty() || stops.contains(id.get())) {
      return Optional.empty();
    }
    return Optional.of(
        "eos_token: "
            + end
            + " of the tokenizer has id "
            + id.get()
            + ", which does not end a response (ids that do: "
            + stops.ids()
            + ")");
  }
}
