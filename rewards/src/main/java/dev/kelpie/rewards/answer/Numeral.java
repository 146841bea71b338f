package dev.kelpie.rewards.answer;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one numeral as a whole: digits, thousands separators, a fraction, repeating digits, an
 * exponent.
 *
 * @param end where the text goes on behind it
 * @param value null where the digits are no number as a whole
 * @param decimal whether it has a point or an exponent
 */
record Numeral(int end, @Nullable Rational value, boolean decimal) {
  /** A separator between groups of digits. */
  private record Separator(char kind, int end) {}

  /** How commas are read. */
  enum Commas {
    /** Nothing separates thousands: the digits are an exponent, a base or an argument. */
    DIGITS,
    /** No comma separates thousands: they separate the items of a list. */
    LIST,
    /** Those that can separate thousands do so. */
    THOUSANDS,
    /**
     * The same; and behind thousands with points, as in {@code 1.234,56}, it is a decimal comma.
     */
    NUMBER
  }

  private static final class Reader {
    private final String text;
    private final Commas commas;
    private final Steps steps;
    private final StringBuilder whole = new StringBuilder();
    private final List<Integer> groups = new ArrayList<>();
    private String fraction = "";
    private String repeating = "";
    private int at;
    private char kind;
    private boolean broken;

    Reader(String text, int at, Commas commas, Steps steps) {
      this.text = text;
      this.at = at;
      this.commas = commas;
      this.steps = steps;
    }

    Numeral read() throws UnreadableAnswer {
      whole.append(digits());
      groups.add(whole.length());
      int first = at;
      readGroups();
      if (!grouped()) {
        if (kind == ',') {
          whole.setLength(groups.get(0));
          at = first;
        } else {
          broken = true;
        }
      }
      boolean decimal = !fraction.isEmpty() || readFraction();
      int exponent = readExponent();
      decimal |= exponent != 0;
      if (text.startsWith("...", at) && !fraction.isEmpty()) {
        broken = true;
      }
      return new Numeral(at, broken ? null : value(exponent), decimal);
    }

    private void readGroups() {
      while (true) {
        Separator separator = separator(text, at);
        if (separator == null
            || !isDigit(text, separator.end())
            || commas == Commas.DIGITS
            || (separator.kind() == ',' && commas == Commas.LIST)) {
          return;
        }
        int end = separator.end();
        while (isDigit(text, end)) {
          end++;
        }
        int length = end - separator.end();
        steps.add(end - at);
        boolean soft = separator.kind() != ',' && separator.kind() != '{';
        if (soft && (length != 3 || groups.get(0) > 3 || whole.charAt(0) == '0')) {
          return;
        }
        boolean comma = kind != 0 && kind != '{' && separator.kind() == ',' && length < 3;
        if (comma && commas == Commas.NUMBER) {
          fraction = text.substring(separator.end(), end);
          at = end;
          return;
        }
        broken |= kind != 0 && kind != separator.kind();
        kind = separator.kind();
        whole.append(text, separator.end(), end);
        groups.add(length);
        at = end;
      }
    }

    /** Whether the groups are those of one number; a decimal comma in braces is made a fraction. */
    private boolean grouped() {
      if (groups.size() == 1) {
        return true;
      }
      int first = groups.get(0);
      int last = groups.get(groups.size() - 1);
      List<Integer> inner = groups.subList(1, groups.size() - 1);
      boolean zero = whole.charAt(0) == '0';
      if (!zero && last == 3 && first <= 3 && inner.stream().allMatch(size -> size == 3)) {
        // "5 123/456" may be a mixed number or a fraction of 5123.
        return !(kind == ' ' && text.startsWith("/", at) && isDigit(text, at + 1));
      }
      if (!zero && last == 3 && first <= 2 && !inner.isEmpty()) {
        return inner.stream().allMatch(size -> size == 2);
      }
      if (kind == '{' && groups.size() == 2 && (last < 3 || (first == 1 && zero))) {
        fraction = whole.substring(first);
        whole.setLength(first);
        return true;
      }
      return false;
    }

    private boolean readFraction() {
      boolean point = text.startsWith(".", at);
      if (!point || !(isDigit(text, at + 1) || repeats(at + 1) > 0)) {
        return false;
      }
      at++;
      fraction = digits();
      int command = repeats(at);
      if (command > 0) {
        at = command;
        repeating = digits();
        at++;
      }
      if (text.startsWith(".", at) && isDigit(text, at + 1)) {
        broken = true;
        while (isDigit(text, at) || (text.startsWith(".", at) && isDigit(text, at + 1))) {
          at++;
          steps.add(1);
        }
      } else if (text.startsWith(",", at) && isDigit(text, at + 1) && isPointGrouped()) {
        whole.append(fraction);
        at++;
        fraction = digits();
      }
      return true;
    }

    private boolean isPointGrouped() {
      return commas == Commas.NUMBER
          && groups.size() == 1
          && whole.length() <= 3
          && whole.length() > 0
          && whole.charAt(0) != '0'
          && fraction.length() == 3;
    }

    /** Where the digits of {@code \overline{...}} start, or 0 if there is none. */
    private int repeats(int from) {
      for (String command : List.of("\\overline{", "\\bar{")) {
        int start = from + command.length();
        if (text.startsWith(command, from)) {
          int end = start;
          while (isDigit(text, end)) {
            end++;
          }
          steps.add(end - from);
          return end > start && text.startsWith("}", end) ? start : 0;
        }
      }
      return 0;
    }

    private int readExponent() {
      if (at >= text.length() || (text.charAt(at) != 'e' && text.charAt(at) != 'E')) {
        return 0;
      }
      int start = at + 1;
      boolean signed = text.startsWith("+", start) || text.startsWith("-", start);
      int end = signed ? start + 1 : start;
      int first = end;
      while (isDigit(text, end)) {
        end++;
      }
      steps.add(end - at);
      boolean attached = end < text.length() && Character.isLetter(text.charAt(end));
      if (end == first || attached) {
        return 0;
      }
      at = end;
      broken |= text.startsWith(".", at) && isDigit(text, at + 1);
      if (end - first > 9) {
        broken = true;
        return 1;
      }
      int exponent = Integer.parseInt(text, first, end, 10);
      return text.startsWith("-", start) ? -exponent : exponent;
    }

    private @Nullable Rational value(int exponent) throws UnreadableAnswer {
      int size = whole.length() + fraction.length() + repeating.length();
      if (size == 0 || size + Math.abs((long) exponent) > Rational.MOST_DIGITS) {
        return null;
      }
      steps.calculate(4L * size);
      BigInteger all = new BigInteger("0" + whole + fraction);
      BigInteger scale = BigInteger.TEN.pow(fraction.length());
      Rational value = Rational.of(all, scale, steps);
      if (!repeating.isEmpty()) {
        BigInteger nines = BigInteger.TEN.pow(repeating.length()).subtract(BigInteger.ONE);
        Rational rest = Rational.of(new BigInteger(repeating), nines.multiply(scale), steps);
        value = value.plus(rest, steps);
      }
      return value.times(Rational.of(10).power(BigInteger.valueOf(exponent), steps), steps);
    }

    private String digits() {
      int start = at;
      while (isDigit(text, at)) {
        at++;
      }
      steps.add(at - start);
      return text.substring(start, at);
    }
  }

  static Numeral read(String text, int at, Commas commas, Steps steps) throws UnreadableAnswer {
    return new Reader(text, at, commas, steps).read();
  }

  static boolean isDigit(String text, int at) {
    return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }

  /** Where a chain of digits and commas from {@code at} ends. */
  static int endOfCommas(String text, int at, Steps steps) {
    int end = at;
    while (isDigit(text, end) || (text.startsWith(",", end) && isDigit(text, end + 1))) {
      end++;
    }
    steps.add(end - at);
    return end;
  }

  private static @Nullable Separator separator(String text, int at) {
    if (at >= text.length()) {
      return null;
    }
    char sign = text.charAt(at);
    if (sign == ' ' || sign == '\'' || sign == '_') {
      int braced = bracedComma(text, at);
      return braced > 0 ? new Separator('{', braced) : new Separator(sign, at + 1);
    }
    if (sign == '~') {
      return new Separator('t', at + 1);
    }
    if (sign == ',') {
      return new Separator(',', text.startsWith("\\!", at + 1) ? at + 3 : at + 1);
    }
    if (text.startsWith("\\!,", at)) {
      return new Separator(',', at + 3);
    }
    if (text.startsWith("\\text{,}", at)) {
      return new Separator('{', at + 8);
    }
    if (sign == '{') {
      int braced = bracedComma(text, at);
      return braced > 0 ? new Separator('{', braced) : thin(text, at + 1, "}");
    }
    return sign == '\\' ? thin(text, at, "") : null;
  }

  /** A thin space of TeX, with what closes it. */
  private static @Nullable Separator thin(String text, int at, String close) {
    for (String space : List.of("\\!\\,", "\\,", "\\;", "\\:", "\\ ", "\\!")) {
      if (text.startsWith(space + close, at)) {
        return new Separator('t', at + space.length() + close.length());
      }
    }
    return null;
  }

  /** Where <code>{,}</code> ends, with at most one space in each gap; 0 if there is none. */
  private static int bracedComma(String text, int from) {
    int at = text.startsWith(" ", from) ? from + 1 : from;
    for (String part : List.of("{", ",", "}")) {
      if (!text.startsWith(part, at)) {
        return 0;
      }
      at++;
      at = text.startsWith(" ", at) ? at + 1 : at;
    }
    return at;
  }
}
