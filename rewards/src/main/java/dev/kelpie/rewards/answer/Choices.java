package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Token.Kind;
import dev.kelpie.rewards.answer.Value.Choice;
import dev.kelpie.rewards.answer.Value.Words;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Labels of a choice among several answers, such as {@code (B)}, and the value behind them. */
final class Choices {
  private static final Set<String> STARTING = Set.of("(", "[", "\\{", "{", "|", "-");

  private static final Pattern START =
      Pattern.compile("[\\s*$(]*(\\\\(text|textbf|textrm|mathrm|mathbf)\\{)?[\\s(]*[A-Z]\\b");

  private Choices() {}

  /** Whether a text may start with a label. */
  static boolean mayStart(String text) {
    return START.matcher(text.substring(0, Math.min(text.length(), 40))).lookingAt();
  }

  /**
   * The value of an answer that starts with a label, <code>\textbf{(A)} 5</code>; empty if it has
   * none.
   */
  static Optional<Value> labelled(List<Token> tokens, boolean numbers, Steps steps)
      throws UnreadableAnswer {
    boolean label =
        tokens.size() > 3
            && tokens.get(0).is("(")
            && tokens.get(1).kind() == Kind.LETTER
            && tokens.get(2).is(")")
            && (tokens.get(3).isNumeral()
                || (tokens.get(1).upright() && tokens.get(3).kind() == Kind.COMMAND));
    if (!label) {
      return Optional.empty();
    }
    Value value = AnswerParser.parse(tokens.subList(3, tokens.size()), numbers, steps);
    return Optional.of(new Choice(letter(tokens.get(1)), value));
  }

  /**
   * The choice that is written directly behind a mark: a capital letter in brackets, with a point,
   * a bracket or a colon behind it, or alone. The value is what is behind it, if that is no
   * sentence. Empty if there is no such letter.
   */
  static Optional<Value> marked(List<Token> tokens, boolean numbers, Steps steps)
      throws UnreadableAnswer {
    List<Token> visible =
        tokens.stream().filter(token -> !AnswerParser.isInvisible(token)).toList();
    steps.add(tokens.size());
    Neighbours places = new Neighbours(visible);
    boolean bracketed = places.peek(0).is("(");
    int at = bracketed ? 1 : 0;
    Token letter = places.peek(at);
    boolean capital = letter.text().length() == 1 && isCapital(letter.text().charAt(0));
    if (letter.kind() != Kind.LETTER || !capital) {
      return Optional.empty();
    }
    at++;
    boolean closed = places.peek(at).is(")");
    if (bracketed && !closed) {
      return Optional.empty();
    }
    boolean pointed = false;
    while (places.peek(at).is(")")
        || places.peek(at).is(":")
        || AnswerParser.isDot(places.peek(at))) {
      pointed = true;
      at++;
    }
    Words choice = letter(letter);
    if (at >= visible.size()) {
      return Optional.of(choice);
    }
    Token next = visible.get(at);
    if (!pointed || !next.spaced() || !starts(next, places.peek(at + 1))) {
      return Optional.empty();
    }
    List<Token> rest = visible.subList(at, visible.size());
    boolean sentence =
        (next.isWord() || isArticle(next)) && rest.stream().anyMatch(Token::isNumeral);
    if (sentence) {
      return Optional.of(choice);
    }
    try {
      return Optional.of(new Choice(choice, AnswerParser.parse(rest, numbers, steps)));
    } catch (UnreadableAnswer e) {
      return Optional.of(choice);
    }
  }

  private static boolean isCapital(char letter) {
    return letter >= 'A' && letter <= 'Z';
  }

  private static boolean isArticle(Token token) {
    return token.kind() == Kind.LETTER && token.text().equalsIgnoreCase("a");
  }

  /** Whether a token begins a value and does not go on with a formula. */
  private static boolean starts(Token token, Token next) {
    return token.kind() != Kind.BREAK
        && (token.kind() != Kind.SIGN || STARTING.contains(token.text()))
        && !(token.is("-") && next.spaced());
  }

  private static Words letter(Token letter) {
    return new Words(letter.text().toLowerCase(Locale.ROOT));
  }
}
