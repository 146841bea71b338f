package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Numeral.Commas;
import dev.kelpie.rewards.answer.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Cuts plain text and TeX into tokens, in one pass from left to right. */
final class Tokenizer {
  private final String text;
  private final boolean numbers;
  private final Steps steps;
  private final TextScan scan;
  private final boolean hasTable;
  private final List<Token> tokens = new ArrayList<>();

  /** For each open brace whether it is the one of upright text. */
  private final List<Boolean> braces = new ArrayList<>();

  private int at;
  private int brackets;
  private int upright;
  private int listUntil;
  private boolean spaced;

  /**
   * @param text as {@link Glyphs#plain} writes it
   * @param numbers whether commas in brackets may separate thousands: an answer is a number
   */
  private Tokenizer(String text, boolean numbers, Steps steps) {
    this.text = text;
    this.numbers = numbers;
    this.steps = steps;
    this.scan = new TextScan(text, steps);
    this.hasTable = text.contains("\\begin{");
  }

  static List<Token> tokens(String text, boolean numbers, Steps steps) throws UnreadableAnswer {
    return new Tokenizer(Glyphs.plain(text, steps), numbers, steps).read();
  }

  private List<Token> read() throws UnreadableAnswer {
    while (at < text.length()) {
      int start = at;
      readOne();
      steps.add(at - start + 1L);
    }
    return tokens;
  }

  private void readOne() throws UnreadableAnswer {
    char sign = text.charAt(at);
    if (sign == '\n') {
      at++;
      add(Kind.BREAK, "\n");
      spaced = true;
    } else if (Character.isWhitespace(sign) || sign == '~') {
      at++;
      spaced = true;
    } else if (sign == '\\') {
      readBackslash();
    } else if (Numeral.isDigit(text, at) || (sign == '.' && startsFraction())) {
      readNumeral();
    } else if (Character.isLetter(text.codePointAt(at))) {
      readWord();
    } else {
      readSign(sign);
    }
  }

  private boolean startsFraction() {
    boolean behindWord = at > 0 && Character.isLetterOrDigit(text.charAt(at - 1));
    return !behindWord && (Numeral.isDigit(text, at + 1) || text.startsWith("\\overline{", at + 1));
  }

  private void readNumeral() throws UnreadableAnswer {
    Commas commas = numbers ? Commas.NUMBER : brackets == 0 ? Commas.THOUSANDS : Commas.LIST;
    commas = at < listUntil ? Commas.LIST : isArgument() ? Commas.DIGITS : commas;
    Numeral numeral = Numeral.read(text, at, commas, steps);
    if (text.startsWith(",", numeral.end()) && at >= listUntil) {
      listUntil = Numeral.endOfCommas(text, numeral.end(), steps);
    }
    String digits = text.substring(at, numeral.end());
    Kind kind = numeral.value() == null ? Kind.BROKEN_NUMBER : Kind.NUMBER;
    at = numeral.end();
    tokens.add(new Token(kind, digits, numeral.value(), numeral.decimal(), spaced, upright > 0));
    spaced = false;
  }

  /** Whether a numeral here is an exponent, a base, or the argument of a command. */
  private boolean isArgument() {
    return !tokens.isEmpty()
        && (last().is("^")
            || last().is("_")
            || last().isCommand("frac")
            || last().isCommand("sqrt"));
  }

  private void readWord() {
    int start = at;
    boolean latin = isLatin(text.codePointAt(at));
    if (isTimes()) {
      at++;
      add(Kind.SIGN, "*");
      return;
    }
    while (at < text.length() && continuesWord(start, latin)) {
      at += Character.charCount(text.codePointAt(at));
    }
    String word = text.substring(start, at);
    String sign = signOf(word.toLowerCase(Locale.ROOT));
    if (!sign.isEmpty()) {
      tokens.add(Token.of(Kind.SIGN, sign, spaced, true)); // a word, and no dash
      spaced = false;
    } else if (word.length() == 1 && latin) {
      add(Kind.LETTER, word);
    } else if (!latin
        && word.codePointCount(0, word.length()) == 1
        && isGreek(word.codePointAt(0))) {
      add(Kind.LETTER, word);
    } else {
      addWord(word);
    }
  }

  /** The letter of {@code 3x4}. */
  private boolean isTimes() {
    boolean cross = text.charAt(at) == 'x' || text.charAt(at) == 'X';
    return cross
        && !spaced
        && !tokens.isEmpty()
        && last().isNumeral()
        && !last().text().equals("0")
        && Numeral.isDigit(text, at + 1);
  }

  private void addWord(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    boolean behindNumber = !tokens.isEmpty() && last().isNumeral();
    String function = Commands.name(lower);
    if (Commands.FUNCTIONS.contains(function)
        && (!Commands.LIKE_WORDS.contains(function)
            || (function.equals("exp") && !behindNumber)
            || (scan.isCalled(at) && !behindNumber))) {
      add(Kind.COMMAND, function);
    } else if (word.equals("pi")) {
      add(Kind.COMMAND, "pi");
    } else if (lower.equals("sqrt")) {
      add(Kind.COMMAND, "rootof");
    } else if (lower.equals("infinity") || lower.equals("infty") || lower.equals("inf")) {
      add(Kind.COMMAND, "infty");
    } else if (behindNumber && (lower.equals("degrees") || lower.equals("degree"))) {
      add(Kind.COMMAND, "degree");
    } else {
      add(Kind.WORD, word);
    }
  }

  /** The sign that a word before or behind a number stands for, or the empty text. */
  private String signOf(String word) {
    boolean behindNumber =
        !tokens.isEmpty() && (last().isNumeral() || last().is(")") || last().is("}"));
    int next = at;
    while (next < text.length() && (text.charAt(next) == ' ' || text.charAt(next) == '$')) {
      next++;
      steps.add(1);
    }
    boolean beforeNumber = Numeral.isDigit(text, next) || text.startsWith("\\frac", next);
    return switch (word) {
      case "percent", "pct", "percentage" -> behindNumber ? "%" : "";
      case "minus", "negative" -> beforeNumber ? "-" : "";
      case "plus" -> beforeNumber && behindNumber ? "+" : "";
      case "times", "x" -> beforeNumber && behindNumber ? "*" : "";
      default -> "";
    };
  }

  private boolean continuesWord(int start, boolean latin) {
    int sign = text.codePointAt(at);
    if (latin) {
      return isLatin(sign)
          || Numeral.isDigit(text, at)
          || (sign == '\'' && at > start && at + 1 < text.length() && isLatin(text.charAt(at + 1)));
    }
    return Character.isLetter(sign) && !isLatin(sign) && !(at > start && isGreek(sign));
  }

  private static boolean isLatin(int sign) {
    return Character.isLetter(sign)
        && Character.UnicodeScript.of(sign) == Character.UnicodeScript.LATIN;
  }

  private static boolean isGreek(int sign) {
    return Character.UnicodeScript.of(sign) == Character.UnicodeScript.GREEK;
  }

  private void readBackslash() throws UnreadableAnswer {
    if (text.startsWith("\\\\", at)) {
      boolean doubled = at + 2 < text.length() && Character.isLetter(text.charAt(at + 2));
      if (!doubled || hasTable) {
        at += 2;
        add(Kind.SIGN, "\\\\");
        return;
      }
      at++;
    }
    at++;
    int start = at;
    while (at < text.length() && TextScan.isAsciiLetter(text.charAt(at))) {
      at++;
    }
    if (at > start) {
      readCommand(text.substring(start, at));
    } else if (at < text.length()) {
      readEscaped(text.charAt(at++));
    }
  }

  private void readEscaped(char sign) {
    switch (sign) {
      case '{', '}' -> addBracket("\\" + sign);
      case '%' -> add(Kind.SIGN, "%");
      case '$', '(', ')', '[', ']' -> add(Kind.SIGN, "$");
      case '|' -> add(Kind.SIGN, "|");
      default -> spaced |= sign != '!';
    }
  }

  private void readCommand(String written) {
    String name = Commands.name(written);
    if (Commands.INVISIBLE.contains(name)) {
      if ((name.equals("left") || name.equals("right")) && text.startsWith(".", at)) {
        at++;
      }
    } else if (name.equals("mathrm")
        && scan.isUprightLetter(at, !tokens.isEmpty() && last().isNumeral())) {
      at = text.indexOf('{', at) + 3;
      add(Kind.LETTER, text.substring(at - 2, at - 1));
    } else if (Commands.TEXT.contains(name)) {
      openText();
    } else if (Commands.LEFT_OUT.contains(name)) {
      skipGroup();
    } else if (!Commands.sign(name).isEmpty()) {
      addBracket(Commands.sign(name));
    } else if (name.equals("begin") || name.equals("end")) {
      readEnvironment(name);
    } else if (name.equals("mathbb") || name.equals("mathcal")) {
      at = scan.skipSpaces(at);
      boolean reals = text.startsWith("{R}", at) || text.startsWith("R", at);
      at = reals ? text.indexOf('R', at) + (text.startsWith("{", at) ? 2 : 1) : at;
      add(Kind.COMMAND, reals ? "reals" : name);
    } else if (name.equals("rangedash")) {
      boolean range = !tokens.isEmpty() && last().isNumeral();
      add(range ? Kind.COMMAND : Kind.SIGN, range ? name : "-");
    } else if (name.equals("emdash")) {
      add(Kind.BREAK, ".");
    } else {
      add(Commands.LETTERS.contains(name) && !name.equals("pi") ? Kind.LETTER : Kind.COMMAND, name);
    }
  }

  private void openText() {
    int next = scan.skipSpaces(text.startsWith("*", at) ? at + 1 : at);
    if (text.startsWith("{", next)) {
      at = next + 1;
      braces.add(true);
      upright++;
      spaced = true;
    }
  }

  private void readEnvironment(String name) {
    int open = scan.skipSpaces(at);
    int close = scan.closeWithin(open, 20);
    if (close < 0) {
      add(Kind.COMMAND, name);
      return;
    }
    String environment = text.substring(open + 1, close);
    at = close + 1;
    brackets = Math.max(0, brackets + (name.equals("begin") ? 1 : -1));
    if (environment.equals("array") && name.equals("begin")) {
      skipGroup();
    }
    add(Kind.COMMAND, name + ":" + environment);
  }

  private void skipGroup() {
    int open = scan.skipSpaces(at);
    int close = scan.closeWithin(open, 100);
    if (close >= 0) {
      at = close + 1;
    }
  }

  private void readSign(char sign) {
    at++;
    switch (sign) {
      case '{' -> {
        braces.add(false);
        add(Kind.SIGN, "{");
      }
      case '}' -> closeBrace();
      case '(', '[', ')', ']' -> addBracket(String.valueOf(sign));
      case '*' -> readStars();
      case '-' -> readHyphen();
      case '<', '>', '!' -> {
        if (text.startsWith(String.valueOf(sign), at) && sign != '!') {
          at++;
          add(Kind.BREAK, ".");
          return;
        }
        boolean letter = !tokens.isEmpty() && last().kind() == Kind.LETTER;
        int tag = sign == '<' ? scan.tagEnd(at, letter) : 0;
        if (tag > 0) {
          at = tag;
          add(Kind.BREAK, ".");
        } else {
          readCompared(sign);
        }
      }
      case '.', '?' -> add(Kind.BREAK, ".");
      case '"', '`' -> spaced = true;
      case '+', '/', '^', '_', '=', '|', '%', ',', ';', ':', '&', '\'', '$' ->
          add(Kind.SIGN, String.valueOf(sign));
      default -> addOther(sign);
    }
  }

  private void addOther(char sign) {
    if (Character.getType(sign) == Character.CURRENCY_SYMBOL) {
      add(Kind.SIGN, "$");
    } else {
      add(Kind.BREAK, String.valueOf(sign));
    }
  }

  private void closeBrace() {
    boolean upper = !braces.isEmpty() && braces.remove(braces.size() - 1);
    if (upper) {
      upright--;
      spaced |= !scan.isCalled(at);
    } else {
      add(Kind.SIGN, "}");
    }
  }

  /** {@code **} between numbers is a power, elsewhere it is the mark of bold text. */
  private void readStars() {
    boolean doubled = text.startsWith("*", at);
    at = doubled ? at + 1 : at;
    boolean power =
        doubled
            && !tokens.isEmpty()
            && (last().isNumeral() || last().kind() == Kind.LETTER || last().is(")"))
            && !spaced
            && at < text.length()
            && !Character.isWhitespace(text.charAt(at));
    add(Kind.SIGN, power ? "^" : doubled ? "**" : "*");
  }

  /** The hyphen of {@code 5-year} and {@code COVID-19} is no minus. */
  private void readHyphen() {
    boolean word =
        at + 1 < text.length() && isLatin(text.charAt(at)) && isLatin(text.charAt(at + 1));
    boolean behindWord = !spaced && !tokens.isEmpty() && last().isWord();
    boolean behindNumber = !spaced && !tokens.isEmpty() && last().isNumeral();
    if ((behindWord && at < text.length() && !Character.isWhitespace(text.charAt(at)))
        || (behindNumber && word)) {
      spaced = true;
    } else {
      add(Kind.SIGN, "-");
    }
  }

  private void readCompared(char sign) {
    boolean equals = text.startsWith("=", at);
    at = equals ? at + 1 : at;
    add(Kind.SIGN, equals ? sign + "=" : String.valueOf(sign));
  }

  private void addBracket(String sign) {
    switch (sign) {
      case "(", "[", "\\{" -> brackets++;
      case ")", "]", "\\}" -> brackets = Math.max(0, brackets - 1);
      default -> {}
    }
    add(Kind.SIGN, sign);
  }

  private void add(Kind kind, String written) {
    tokens.add(Token.of(kind, written, spaced, upright > 0));
    spaced = false;
  }

  private Token last() {
    return tokens.get(tokens.size() - 1);
  }
}
