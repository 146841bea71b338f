package dev.kelpie.rewards.answer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Finds the last {@code \boxed} or {@code \fbox} of a text, in one pass over its braces. */
final class Boxes {
  private static final List<String> COMMANDS = List.of("\\boxed", "\\fbox", "\\framebox");

  /** An open box: how deep its brace is, and where its content starts. */
  private record Open(long depth, int start) {}

  private final String text;
  private final Steps steps;
  private final Deque<Open> open = new ArrayDeque<>();
  private Optional<String> last = Optional.empty();
  private long depth;
  private boolean found;

  private Boxes(String text, Steps steps) {
    this.text = text;
    this.steps = steps;
  }

  static boolean hasBox(String text) {
    return COMMANDS.stream().anyMatch(text::contains);
  }

  /**
   * The content of the last box that is in no other one; empty if there is no box.
   *
   * @throws UnreadableAnswer if the text ends inside its last box
   */
  static Optional<String> last(String text, Steps steps) throws UnreadableAnswer {
    return new Boxes(text, steps).find();
  }

  private Optional<String> find() throws UnreadableAnswer {
    int at = 0;
    while (at < text.length()) {
      steps.add(1);
      char sign = text.charAt(at);
      if (sign == '\\') {
        at = command(at);
      } else if (sign == '{') {
        depth++;
        at++;
      } else {
        if (sign == '}') {
          close(at);
        }
        at++;
      }
    }
    if (!open.isEmpty()) {
      throw new UnreadableAnswer("is cut off inside its box");
    }
    return found ? last : Optional.empty();
  }

  /** Reads a backslash and what it takes with it, and returns where the text goes on. */
  private int command(int at) {
    for (String command : COMMANDS) {
      int end = at + command.length();
      boolean longer =
          end < text.length() && Character.isLetter(text.charAt(end)) && !command.equals("\\boxed");
      if (text.startsWith(command, at) && !longer) {
        return box(end);
      }
    }
    boolean doubled =
        text.startsWith("\\\\", at)
            && COMMANDS.stream().anyMatch(box -> text.startsWith(box, at + 1));
    return doubled ? at + 1 : at + 2;
  }

  private int box(int from) {
    int start = from;
    while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
      start++;
      steps.add(1);
    }
    found = true;
    if (start < text.length() && text.charAt(start) == '{') {
      depth++;
      open.push(new Open(depth, start + 1));
      return start + 1;
    }
    if (open.isEmpty()) {
      last = Optional.of(bare(start));
    }
    return start;
  }

  /**
   * What stands behind {@code \boxed} without a brace: all up to a space, a line end or a dollar.
   */
  private String bare(int start) {
    int end = start;
    while (end < text.length()
        && !Character.isWhitespace(text.charAt(end))
        && text.charAt(end) != '$') {
      end++;
    }
    return text.substring(start, Math.min(end, start + 1_000));
  }

  private void close(int at) {
    if (!open.isEmpty() && open.peek().depth() == depth) {
      Open box = open.pop();
      if (open.isEmpty()) {
        last = Optional.of(text.substring(box.start(), at));
      }
    }
    depth = Math.max(0, depth - 1);
  }
}
