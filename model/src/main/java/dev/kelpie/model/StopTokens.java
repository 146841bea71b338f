package dev.kelpie.model;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.architecture.GenerationConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The token ids that end a response. */
public record StopTokens(TokenIds ids) {
  /**
   * The {@code eos_token_id} of {@code generation_config.json}, a number or a list; where that file
   * is missing or says nothing, the one of {@code config.json}. Empty when neither has one: then
   * every response runs to its limit.
   */
  public static StopTokens open(Path folder) {
    List<Integer> ids = GenerationConfig.stops(folder);
    return new StopTokens(
        TokenIds.of(ids.stream().mapToInt(Integer::intValue).distinct().toArray()));
  }

  /** Whether {@code id} ends a response. */
  public boolean contains(int id) {
    return Arrays.stream(ids.toArray()).anyMatch(stop -> stop == id);
  }
}
