package dev.kelpie.tensors;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A script that does not compile, or failed while it ran; the message names file and line. */
public final class ScriptException extends RuntimeException {
  private static final Pattern PLACE =
      Pattern.compile("File \"code/__torch__(?:/([^\"]+))?\\.py\", line (\\d+)");

  ScriptException(String script, String mainFile, RuntimeException cause) {
    super(message(script, mainFile, String.valueOf(cause.getMessage())), cause);
  }

  private static String message(String script, String mainFile, String text) {
    String place = script;
    Matcher matcher = PLACE.matcher(text);
    boolean ran = text.contains("most recent call last");
    boolean first = true;
    while ((first || ran) && matcher.find()) { // where it ran the innermost call is the last one
      first = false;
      String file = matcher.group(1) == null ? mainFile : matcher.group(1);
      place = file + ".py:" + matcher.group(2);
    }
    return place + ": " + text.strip();
  }
}
