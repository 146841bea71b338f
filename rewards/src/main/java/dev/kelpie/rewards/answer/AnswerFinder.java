package dev.kelpie.rewards.answer;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the part of a text that is its answer, and reads it. */
final class AnswerFinder {
  /** Longest part of a text that is read as its answer, in characters. */
  static final int MOST_CHARACTERS = 65_536;

  private static final List<String> PHRASES =
      List.of("answer is", "answer:", "answer:**", "answer**:");

  private final Where where;
  private final String marker;
  private final boolean numbers;
  private final Steps steps;

  /**
   * @param numbers whether answers are numbers
   */
  AnswerFinder(Where where, String marker, boolean numbers, Steps steps) {
    this.where = where;
    this.marker = marker;
    this.numbers = numbers;
    this.steps = steps;
  }

  /** The answer of a response. */
  Value response(String text) throws UnreadableAnswer {
    return switch (where) {
      case MARKER -> behindMarker(text);
      case BOXED -> boxed(text);
      case LAST -> last(text);
      case ANYWHERE -> {
        steps.add(text.length());
        Optional<Value> marked = marked(text);
        yield marked.isPresent() ? marked.get() : anywhere(text);
      }
    };
  }

  /** The answer in the last box, or behind the last marker if no box comes after it. */
  private Optional<Value> marked(String text) throws UnreadableAnswer {
    int at = text.lastIndexOf(marker);
    String behind = at < 0 ? text : text.substring(at);
    if (Boxes.hasBox(behind)) {
      return Optional.of(boxed(behind));
    }
    return at < 0 ? Optional.empty() : Optional.of(behindMarker(text));
  }

  /** A reference answer: behind its marker, in its box, or all of it; of words its last number. */
  Value reference(String text) throws UnreadableAnswer {
    steps.add(text.length());
    Optional<Value> marked = marked(text);
    if (marked.isPresent()) {
      return marked.get();
    }
    return numbers ? last(text) : whole(text);
  }

  private Value behindMarker(String text) throws UnreadableAnswer {
    int at = text.lastIndexOf(marker);
    steps.add(text.length());
    if (at < 0) {
      throw new UnreadableAnswer("has no " + marker);
    }
    String behind = text.substring(at + marker.length());
    if (Choices.mayStart(behind)) {
      List<Token> clause = tokens(Clauses.first(behind.strip(), steps));
      Optional<Value> choice = Choices.marked(clause, numbers, steps);
      if (choice.isPresent()) {
        return choice.get();
      }
    }
    if (numbers) {
      return run(Runs.first(tokens(behind), true, steps));
    }
    String line = behind.strip();
    int end = line.indexOf('\n');
    boolean open = line.startsWith("$$") || line.startsWith("\\[") || line.contains("\\begin{");
    return whole(end < 0 || open ? line : line.substring(0, end));
  }

  private Value boxed(String text) throws UnreadableAnswer {
    Optional<String> box = Boxes.last(text, steps);
    if (box.isEmpty()) {
      throw new UnreadableAnswer("has no box");
    }
    return whole(box.get());
  }

  private Value anywhere(String text) throws UnreadableAnswer {
    if (!numbers) {
      Optional<String> said = behindPhrase(text);
      if (said.isPresent()) {
        return said(said.get());
      }
    }
    return last(text);
  }

  /** What follows the last {@code answer is}, up to the end of its paragraph. */
  private Optional<String> behindPhrase(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int at = -1;
    if (lower.length() == text.length()) {
      for (String phrase : PHRASES) {
        steps.add(text.length());
        int found = lower.lastIndexOf(phrase);
        at = found < 0 ? at : Math.max(at, found + phrase.length());
      }
    }
    if (at < 0) {
      return Optional.empty();
    }
    String said = text.substring(at).strip();
    int end = said.indexOf("\n\n");
    said = (end < 0 ? said : said.substring(0, end)).strip();
    said = said.startsWith(":") ? said.substring(1).strip() : said;
    said = said.startsWith("**") ? said.substring(2).strip() : said;
    return said.isEmpty() ? Optional.empty() : Optional.of(said);
  }

  private Value said(String text) throws UnreadableAnswer {
    Optional<MathSpan> span = MathSpan.first(text, steps);
    if (span.isPresent() && span.get().start() == 0) {
      return whole(span.get().of(text));
    }
    String clause = Clauses.first(text, steps);
    List<Token> tokens = tokens(clause);
    Optional<Value> choice = Choices.marked(tokens, numbers, steps);
    if (choice.isPresent()) {
      return choice.get();
    }
    Optional<List<Token>> run = Runs.first(tokens, false, steps);
    return run.isPresent() ? run(run) : whole(clause);
  }

  private Value last(String text) throws UnreadableAnswer {
    if (!numbers) {
      Optional<MathSpan> span = MathSpan.last(text, steps);
      if (span.isPresent()) {
        Optional<List<Token>> later =
            Runs.last(tokens(tail(text.substring(span.get().end()))), false, steps);
        return later.isPresent() ? run(later) : whole(span.get().of(text));
      }
    }
    return run(Runs.last(tokens(tail(text)), numbers, steps));
  }

  /** The end of a text, from a white space on, so that no number is cut. */
  private static String tail(String text) {
    if (text.length() <= MOST_CHARACTERS) {
      return text;
    }
    int from = text.length() - MOST_CHARACTERS;
    while (from < text.length() && !Character.isWhitespace(text.charAt(from))) {
      from++;
    }
    return text.substring(from);
  }

  private Value run(Optional<List<Token>> run) throws UnreadableAnswer {
    if (run.isEmpty()) {
      throw new UnreadableAnswer("has no number");
    }
    return AnswerParser.parse(run.get(), numbers, steps);
  }

  private Value whole(String text) throws UnreadableAnswer {
    return AnswerParser.parse(tokens(text), numbers, steps);
  }

  private List<Token> tokens(String text) throws UnreadableAnswer {
    if (text.length() > MOST_CHARACTERS) {
      throw new UnsupportedAnswer(
          "unsupported: an answer of "
              + text.length()
              + " characters, of which "
              + MOST_CHARACTERS
              + " can be read");
    }
    return Tokenizer.tokens(text, numbers, steps);
  }
}
