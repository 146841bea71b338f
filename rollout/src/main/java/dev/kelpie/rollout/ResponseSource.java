package dev.kelpie.rollout;

import dev.kelpie.experience.TokenIds;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Responses of another file, by the id of their prompt. May be used from several threads. */
@FunctionalInterface
public interface ResponseSource extends AutoCloseable {
  /**
   * A response that was written elsewhere.
   *
   * @param tokens its tokens, the stop token included, where the file has them; else its text is
   *     encoded
   * @param place where it was read
   */
  record Written(
      String text,
      Optional<TokenIds> tokens,
      boolean complete,
      OptionalDouble score,
      String place) {}

  /** The responses to the prompt {@code id}, in the order of the file; none where it has none. */
  List<Written> of(String id);

  /** The file, to compare it with that of an earlier start; empty where there is none. */
  default Optional<DataFile> data() {
    return Optional.empty();
  }

  @Override
  default void close() {}
}
