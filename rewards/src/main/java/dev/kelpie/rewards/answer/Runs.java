package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Token.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Finds runs of mathematics between words: {@code 5 + 3 = 8} in {@code so 5 + 3 = 8 apples}. A run
 * is taken whole; one that goes on into words, as {@code 5 + tax} does, is no answer.
 */
final class Runs {
  private static final Set<String> BINARY =
      Set.of("+", "-", "*", "/", "^", "_", "=", "<", ">", "<=", ">=", "!=", "~", "+-");
  private static final Set<String> LOOSE_ENDS =
      Set.of(
          ")", "]", "}", "\\}", "=", ",", "|", "&", "%", "~", "'", ":", "!", "^", "_", "/", "*",
          "+", "<", ">", "<=", ">=", "!=");
  private static final Set<String> SAYS = Set.of("is", "are", "be", "equals", "equal", "to");
  private static final Set<String> HALVES =
      Set.of("half", "halves", "quarter", "quarters", "third", "thirds", "point");

  /** The words of East Asian fractions, between denominator and numerator. */
  private static final Set<String> FRACTION_OF = Set.of("\u5206\u306e", "\u5206\u4e4b");

  private final List<Token> tokens;
  private final Neighbours neighbours;
  private final boolean numbers;
  private final Steps steps;

  /** Part of the tokens, from one index to before another. */
  private record Run(int from, int to) {}

  private Runs(List<Token> tokens, boolean numbers, Steps steps) {
    this.tokens = tokens;
    this.neighbours = new Neighbours(tokens);
    this.numbers = numbers;
    this.steps = steps;
  }

  /** The tokens of the first run that has a numeral, with its unit; empty if there is none. */
  static Optional<List<Token>> first(List<Token> tokens, boolean numbers, Steps steps)
      throws UnreadableAnswer {
    Runs runs = new Runs(tokens, numbers, steps);
    Run run = runs.next(0);
    return run == null ? Optional.empty() : Optional.of(runs.whole(run));
  }

  /** The tokens of the last run that has a numeral, with its unit; empty if there is none. */
  static Optional<List<Token>> last(List<Token> tokens, boolean numbers, Steps steps)
      throws UnreadableAnswer {
    Runs runs = new Runs(tokens, numbers, steps);
    Run last = null;
    for (Run run = runs.next(0); run != null; run = runs.next(run.to())) {
      last = run;
    }
    return last == null ? Optional.empty() : Optional.of(runs.whole(last));
  }

  private @org.jspecify.annotations.Nullable Run next(int start) {
    int from = start;
    while (from < tokens.size()) {
      from = behindUnitPower(from);
      int depth = 0;
      int to = from;
      boolean numeral = false;
      while (to < tokens.size() && isPart(from, to, depth)) {
        Token token = tokens.get(to);
        depth += token.is("(") || token.is("[") || token.is("\\{") || token.is("{") ? 1 : 0;
        depth -= token.is(")") || token.is("]") || token.is("\\}") || token.is("}") ? 1 : 0;
        numeral |= token.isNumeral() || token.isCommand("pi") || token.isCommand("infty");
        to++;
        steps.add(1);
      }
      if (numeral) {
        return new Run(from, to);
      }
      from = to + 1;
      steps.add(1);
    }
    return null;
  }

  /** Where the text goes on behind the {@code ^2} of {@code m^2}, if that is at {@code at}. */
  private int behindUnitPower(int at) {
    Token before = peek(at - 1);
    Token power = peek(at);
    boolean unit = before.isWord() || before.kind() == Kind.LETTER;
    if (!unit || !power.is("^") || power.spaced()) {
      return at;
    }
    return Math.min(peek(at + 1).is("{") && peek(at + 3).is("}") ? at + 4 : at + 2, tokens.size());
  }

  /** Whether the token at {@code at} belongs to the run that starts at {@code from}. */
  private boolean isPart(int from, int at, int depth) {
    Token token = tokens.get(at);
    return switch (token.kind()) {
      case NUMBER, BROKEN_NUMBER -> true;
      case COMMAND -> true;
      case LETTER -> isVariable(from, at);
      case SIGN -> isSign(from, at, depth);
      case WORD -> isChoice(from, at);
      case BREAK -> false;
    };
  }

  /** The {@code or} of {@code 1/2 or 0.5}. */
  private boolean isChoice(int from, int at) {
    Token previous = peek(at - 1);
    boolean number = previous.isNumeral() || previous.is("%") || previous.is("}");
    return at > from && Neighbours.isOr(tokens.get(at)) && number && visible(at + 1, 1).isNumeral();
  }

  private boolean isVariable(int from, int at) {
    Token token = tokens.get(at);
    Token next = peek(at + 1);
    Token previous = at > from ? tokens.get(at - 1) : next;
    boolean before =
        (next.kind() == Kind.SIGN && BINARY.contains(next.text()) && !next.is("-"))
            || (next.is("-") && next.spaced() == peek(at + 2).spaced());
    boolean called = next.is("(") && !next.spaced();
    boolean behind =
        at > from
            && ((previous.kind() == Kind.SIGN
                    && BINARY.contains(previous.text())
                    && !previous.is("-"))
                || previous.kind() == Kind.COMMAND
                || (previous.is("-") && !token.spaced()));
    boolean attached =
        at > from
            && !token.spaced()
            && (previous.isNumeral()
                || previous.is(")")
                || previous.is("}")
                || previous.kind() == Kind.LETTER);
    if (numbers && peek(at - 1).isNumeral() && Units.known(token.text()).isPresent()) {
      return false;
    }
    return !token.upright() && (before || called || behind || attached);
  }

  private boolean isSign(int from, int at, int depth) {
    Token token = tokens.get(at);
    Token next = peek(at + 1);
    Token previous = at > from ? tokens.get(at - 1) : token;
    if (token.is(",") || token.is(";")) {
      boolean tight =
          numbers && previous.isDigits() && !token.spaced() && next.isNumeral() && !next.spaced();
      return (depth > 0 && !numbers) || tight;
    }
    if (token.is(":")) {
      return previous.isNumeral() && next.isNumeral() && !next.spaced() && !token.spaced();
    }
    if (token.is("!")) {
      return next.kind() == Kind.SIGN && BINARY.contains(next.text());
    }
    return true;
  }

  private Token peek(int at) {
    return neighbours.peek(at);
  }

  private Token visible(int at, int step) {
    return neighbours.visible(at, step);
  }

  private List<Token> whole(Run found) throws UnreadableAnswer {
    Run run = trimmed(found);
    requireWhole(found, run);
    int to = run.to();
    while (isScale(visible(to, 1))) {
      to = behindWord(to);
    }
    to = behindUnit(to);
    neighbours.requireSameMeaning(run.from(), to);
    if (to > run.to()) {
      requireAlone(to);
    }
    return tokens.subList(run.from(), to);
  }

  /** Behind the unit at {@code at}, such as {@code square feet} or {@code miles per hour}. */
  private int behindUnit(int at) {
    Token power = visible(at, 1);
    int from = power.isWord() && Measures.isPower(power.text()) ? behindWord(at) : at;
    Token unit = visible(from, 1);
    boolean letter = unit.kind() == Kind.LETTER && numbers;
    if (!(unit.isWord() || letter) || !Measures.isUnit(unit.text())) {
      return at;
    }
    int to = behindUnitPower(behindWord(from));
    Token divisor = peek(to + 1);
    boolean divides = peek(to).is("/") || (peek(to).isWord() && peek(to).text().equals("per"));
    if (divides && (divisor.isWord() || divisor.kind() == Kind.LETTER)) {
      to = behindUnitPower(to + 2);
    }
    return to;
  }

  private static boolean isScale(Token token) {
    return token.isWord() && Units.scale(token.text()) > 0;
  }

  /** Behind the next word or letter that can be seen. */
  private int behindWord(int at) {
    int to = at;
    while (Neighbours.isInvisible(tokens.get(to))) {
      to++;
    }
    return to + 1;
  }

  /** Refuses {@code 5 feet 6}: two numbers around a unit are one quantity. */
  private void requireAlone(int to) throws UnreadableAnswer {
    boolean joined = peek(to).is(",") || (peek(to).isWord() && peek(to).text().equals("and"));
    boolean parts =
        joined && peek(to + 1).isNumeral() && Units.areParts(tokens.get(to - 1), peek(to + 2));
    if (visible(to, 1).isNumeral() || parts) {
      throw new UnreadableAnswer("is a quantity of several numbers");
    }
  }

  private Run trimmed(Run run) {
    int from = run.from();
    int to = run.to();
    boolean changed = true;
    boolean quoted = false;
    while (changed && from < to) {
      changed = false;
      Token first = tokens.get(from);
      Token last = tokens.get(to - 1);
      quoted |= first.is("'");
      if (Neighbours.isInvisible(first)
          || isDash(from)
          || (first.kind() == Kind.SIGN && LOOSE_ENDS.contains(first.text()))) {
        from++;
        changed = true;
      } else if (Neighbours.isInvisible(last)
          || (last.kind() == Kind.SIGN && isLooseEnd(last))
          || (quoted && last.is("'"))) {
        to--;
        changed = true;
      }
    }
    return balanced(new Run(from, to));
  }

  /** The dash of {@code Total - 42}, or of an item of a list. */
  private boolean isDash(int at) {
    Token dash = tokens.get(at);
    Token before = peek(at - 1);
    boolean word = before.isWord() && !SAYS.contains(before.text().toLowerCase(Locale.ROOT));
    boolean line = before.kind() == Kind.BREAK && before.text().equals("\n");
    return dash.is("-")
        && !dash.upright()
        && peek(at + 1).spaced()
        && (line || (word && dash.spaced()));
  }

  private static boolean isLooseEnd(Token token) {
    boolean closes =
        token.is(")") || token.is("]") || token.is("}") || token.is("\\}") || token.is("|");
    boolean counts = token.is("%") || token.is("!") || token.is("'");
    return !closes && !counts;
  }

  /** Without brackets at the ends whose other half is outside. */
  private Run balanced(Run run) {
    int depth = 0;
    int lowest = 0;
    for (Token token : tokens.subList(run.from(), run.to())) {
      depth += isOpen(token) ? 1 : isClose(token) ? -1 : 0;
      lowest = Math.min(lowest, depth);
      steps.add(1);
    }
    int from = run.from();
    int to = run.to();
    int excess = depth - lowest;
    for (; excess > 0 && from < to && isOpen(tokens.get(from)); excess--) {
      from++;
    }
    for (; lowest < 0 && from < to && isClose(tokens.get(to - 1)); lowest++) {
      to--;
    }
    return new Run(from, to);
  }

  private static boolean isOpen(Token token) {
    return token.is("(") || token.is("[") || token.is("{") || token.is("\\{");
  }

  private static boolean isClose(Token token) {
    return token.is(")") || token.is("]") || token.is("}") || token.is("\\}");
  }

  /** Refuses a run that is only a part of what is written. */
  private void requireWhole(Run found, Run run) throws UnreadableAnswer {
    Token before = visible(found.from() - 1, -1);
    boolean word = before.isWord() || before.kind() == Kind.LETTER;
    boolean arrow = peek(run.from() - 2).is("=") && peek(run.from() - 1).is(">");
    if (word && !arrow && run.from() > found.from() && isOperator(run.from() - 1)) {
      throw Neighbours.partOf(before.text());
    }
    Token after = visible(found.to(), 1);
    if (after.isWord() && run.to() < found.to() && isOperator(run.to())) {
      throw Neighbours.partOf(after.text());
    }
    if (after.isWord() && !after.spaced() && Units.hasNumber(after.text())) {
      throw Neighbours.partOf(after.text());
    }
    boolean joined = before.is(",") || (before.isWord() && before.text().equals("and"));
    if (joined
        && peek(found.from() - 3).isNumeral()
        && Units.areParts(peek(found.from() - 2), after)) {
      throw new UnreadableAnswer("is a quantity of several numbers");
    }
    if (isHalf(found.to()) || FRACTION_OF.contains(before.text())) {
      throw Neighbours.partOf(after.text());
    }
    Token beforeUnit = visible(found.from() - 2, -1);
    boolean unit =
        before.isWord()
            && (Units.known(before.text()).isPresent()
                || Units.scale(before.text()) > 0
                || before.text().equals("point"));
    if (beforeUnit.isNumeral() && unit) {
      throw new UnreadableAnswer("is a quantity of several numbers");
    }
    boolean and = before.isWord() && before.text().equals("and");
    boolean fraction =
        tokens.subList(run.from(), run.to()).stream()
            .anyMatch(token -> token.is("/") || token.isCommand("frac"));
    if (numbers && and && beforeUnit.isDigits() && fraction) {
      throw Neighbours.partOf("and");
    }
  }

  /** Whether a sign between words and numbers makes one expression of them. */
  private boolean isOperator(int at) {
    Token token = tokens.get(at);
    Token next = peek(at + 1);
    boolean apart = token.spaced() && next.spaced();
    return token.is("+")
        || token.is("^")
        || token.is("<")
        || token.is(">")
        || token.is("<=")
        || token.is(">=")
        || token.is("!=")
        || (token.is("*") && apart)
        || (token.is("/") && (apart || next.isNumeral()));
  }

  /** {@code and a half}, {@code point}. */
  private boolean isHalf(int at) {
    int place = at;
    for (int i = 0; i < 3; i++, place++) {
      Token token = peek(place);
      String word = token.text().toLowerCase(Locale.ROOT);
      if (token.isWord() && HALVES.contains(word)) {
        return i > 0 || (word.equals("point") && peek(place + 1).isNumeral());
      }
      if (!((token.isWord() && word.equals("and"))
          || token.kind() == Kind.LETTER
          || word.equals("one"))) {
        return false;
      }
    }
    return false;
  }
}
