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

  /**
   * {@code response} up to its end token; one without such a token gets the first of them.
   *
   * @param written whether a chat template wrote the response, which may then have the end token
   *     and more behind it
   */
  public TokenIds end(TokenIds response, boolean written) {
    for (int i = response.length() - 1; i >= 0 && written; i--) {
      if (contains(response.get(i))) {
        return response.slice(0, i + 1);
      }
    }
    int[] ended = Arrays.copyOf(response.toArray(), response.length() + 1);
    ended[response.length()] = ids.get(0);
    return TokenIds.of(ended);
  }

  /** Whether {@code id} ends a response. */
  public boolean contains(int id) {
    return Arrays.stream(ids.toArray()).anyMatch(stop -> stop == id);
  }
}
