package dev.kelpie.model;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.architecture.ConfigJson;
import java.nio.file.Files;
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
    Path generation = folder.resolve("generation_config.json");
    List<Integer> ids =
        Files.exists(generation) ? ConfigJson.open(generation).ids("eos_token_id") : List.of();
    if (ids.isEmpty()) {
      ids = ConfigJson.open(folder.resolve("config.json")).ids("eos_token_id");
    }
    return new StopTokens(
        TokenIds.of(ids.stream().mapToInt(Integer::intValue).distinct().toArray()));
  }

  /** Whether {@code id} ends a response. */
  public boolean contains(int id) {
    return Arrays.stream(ids.toArray()).anyMatch(stop -> stop == id);
  }
}
