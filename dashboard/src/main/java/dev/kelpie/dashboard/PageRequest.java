package dev.kelpie.dashboard;

import java.util.List;
import java.util.Map;

/**
 * A request that the gate has let in.
 *
 * @param path decoded
 * @param ifNoneMatch the version the browser has, or empty
 * @param lastEventId last event of a broken stream, or empty
 * @param body of a POST, as text
 */
record PageRequest(
    boolean post,
    String path,
    Map<String, List<String>> parameters,
    String ifNoneMatch,
    String lastEventId,
    String body) {
  /** The first parameter of that name, or empty. */
  String parameter(String name) {
    return parameters.getOrDefault(name, List.of()).stream().findFirst().orElse("");
  }

  /**
   * The number called {@code name}.
   *
   * @throws IllegalArgumentException when it is not a number
   */
  double number(String name, double otherwise) {
    String text = parameter(name).strip();
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + ": " + text + " (expected: a number)", e);
    }
  }
}
