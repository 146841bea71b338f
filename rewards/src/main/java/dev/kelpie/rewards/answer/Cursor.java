package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** A place in the tokens of an answer, and how deep it is nested. */
final class Cursor {
  static final int MOST_TOKENS = 4_096;
  static final int MOST_DEPTH = 400;

  private static final Token END = Token.of(Kind.BREAK, "end", true, false);

  private final List<Token> tokens;
  private final Steps steps;
  private int at;
  private int depth;

  Cursor(List<Token> tokens, Steps steps) throws UnreadableAnswer {
    if (tokens.size() > MOST_TOKENS) {
      throw new UnreadableAnswer("has more than " + MOST_TOKENS + " numbers, words and signs");
    }
    this.tokens = new ArrayList<>(tokens);
    this.steps = steps;
  }

  Token peek() {
    return peek(0);
  }

  Token peek(int ahead) {
    return at + ahead < tokens.size() ? tokens.get(at + ahead) : END;
  }

  /** The token before the next one. */
  Token previous() {
    return at > 0 ? tokens.get(Math.min(at, tokens.size()) - 1) : END;
  }

  Token next() {
    steps.add(1);
    Token token = peek();
    at++;
    return token;
  }

  boolean atEnd() {
    return at >= tokens.size();
  }

  boolean at(String sign) {
    return peek().is(sign);
  }

  /** Takes the next token if it is {@code sign}. */
  boolean take(String sign) {
    if (at(sign)) {
      next();
      return true;
    }
    return false;
  }

  void expect(String sign) throws UnreadableAnswer {
    if (!take(sign)) {
      throw unreadable("expected " + sign);
    }
  }

  /** Replaces the next token by what is left of it. */
  void replace(Token rest) {
    tokens.set(at, rest);
  }

  void enter() throws UnreadableAnswer {
    depth++;
    if (depth > MOST_DEPTH) {
      throw new UnreadableAnswer("is nested more than " + MOST_DEPTH + " deep");
    }
  }

  void leave() {
    depth--;
  }

  Steps steps() {
    return steps;
  }

  /** An exception for what cannot be read at this place. */
  UnreadableAnswer unreadable(String why) {
    Token token = peek();
    if (token.isCommand("rangedash")) {
      return new UnreadableAnswer("is a range");
    }
    String shown = atEnd() ? "its end" : token.text();
    if (token.kind() == Kind.COMMAND
        && (Commands.UNSUPPORTED.contains(token.text())
            || Commands.OPERATORS.contains(token.text()))) {
      return new UnsupportedAnswer("unsupported: \\" + token.text());
    }
    return new UnreadableAnswer(
        why + " at " + (shown.length() > 40 ? shown.substring(0, 37) + "..." : shown));
  }
}
