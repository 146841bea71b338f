package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Token.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The tokens around a run.
 *
 * @param tokens all tokens of the text
 */
record Neighbours(List<Token> tokens) {
  private static final Set<String> COMPARED = Set.of("<", ">", "<=", ">=", "!=");

  Token peek(int at) {
    return at >= 0 && at < tokens.size()
        ? tokens.get(at)
        : Token.of(Kind.BREAK, "end", true, false);
  }

  /** Next token that can be seen, from {@code at} in the direction of {@code step}. */
  Token visible(int at, int step) {
    int place = at;
    while (place >= 0 && place < tokens.size() && isInvisible(tokens.get(place))) {
      place += step;
    }
    return peek(place);
  }

  /** Refuses a number whose neighbours make something else of it: {@code not 5}, {@code >= 5}. */
  void requireSameMeaning(int from, int to) throws UnreadableAnswer {
    int at = from - 1;
    while (at >= 0 && (isInvisible(tokens.get(at)) || tokens.get(at).is("("))) {
      at--;
    }
    Token before = peek(at);
    boolean arrow = peek(at - 1).is("=") || peek(at - 1).is("-");
    if (before.kind() == Kind.SIGN && COMPARED.contains(before.text()) && !arrow) {
      throw partOf(before.text());
    }
    boolean of = before.isWord() && before.text().equalsIgnoreCase("of");
    boolean and = before.isWord() && before.text().equalsIgnoreCase("and");
    Token word = of ? visible(at - 1, -1) : before;
    boolean between =
        and && visible(at - 1, -1).isNumeral() && peek(at - 2).text().equalsIgnoreCase("between");
    if (changesMeaning(word) || isOr(before) || between) {
      throw partOf(word.text());
    }
    Token after = visible(to, 1);
    boolean later = after.isWord() && isOr(peek(to + 1)) && visible(to + 2, 1).isNumeral();
    boolean other = after.isWord() && Units.changes(peek(to - 1).text(), after.text());
    if (changesMeaning(after) || isOr(after) || later || other) {
      throw partOf(after.text());
    }
    boolean range = after.isWord() && after.text().equals("to") && visible(to + 1, 1).isNumeral();
    if (range) {
      throw partOf(after.text());
    }
    boolean most = after.isWord() && after.text().equalsIgnoreCase("at");
    if (most && changesMeaning(peek(to + 1))) {
      throw partOf(after.text());
    }
  }

  private static boolean changesMeaning(Token token) {
    return token.isWord()
        && AnswerParser.CHANGE_MEANING.contains(token.text().toLowerCase(Locale.ROOT));
  }

  static boolean isInvisible(Token token) {
    return token.is("$") || token.is("**");
  }

  static boolean isOr(Token token) {
    return token.isWord() && token.text().equalsIgnoreCase("or");
  }

  static UnreadableAnswer partOf(String word) {
    return new UnreadableAnswer("is only a part of what is written around " + word);
  }
}
