package dev.kelpie.jinja;

import dev.kelpie.jinja.Token.Kind;
import java.util.List;

/** The tokens of a template, read one after the other by its parsers. */
final class TokenStream {
  private static final int MOST_DEPTH = 300;

  private final List<Token> tokens;
  private int at;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** Number of tags, brackets and links of a chain around the next token. */
  int depth() {
    return depth;
  }

  /** Counts one more tag, bracket or link; {@link #leaveTo} ends it. */
  void enter() {
    depth++;
    if (depth > MOST_DEPTH) {
      throw TemplateException.of(
              "nests tags, brackets or operators more than %s deep (expected: less)", MOST_DEPTH)
          .at(peek().line());
    }
  }

  void leaveTo(int outer) {
    depth = outer;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  boolean skipOperator(String operator) {
    return skip(peek().isOperator(operator));
  }

  boolean skipName(String name) {
    return skip(peek().isName(name));
  }

  private boolean skip(boolean found) {
    if (found) {
      next();
    }
    return found;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  /** Reads items with commas between them, and possibly behind the last, up to {@code close}. */
  void items(String close, Runnable item) {
    while (!skipOperator(close)) {
      item.run();
      if (!peek().isOperator(close)) {
        expectOperator(",");
      }
    }
  }

  Token expect(Kind kind, String what) {
    if (!peek().is(kind)) {
      throw unexpected(what);
    }
    return next();
  }

  TemplateException unexpected(String expected) {
    return TemplateException.of("%s (expected: %s)", peek(), expected).at(peek().line());
  }
}
