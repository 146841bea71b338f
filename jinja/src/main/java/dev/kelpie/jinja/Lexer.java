package dev.kelpie.jinja;

import dev.kelpie.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens. White space around tags is handled as transformers sets Jinja up:
 * {@code trim_blocks} drops the line break behind a tag, {@code lstrip_blocks} the blanks before
 * one that begins its line, {@code -} all white space on its side, {@code +} keeps it; the last
 * line break of the template goes.
 */
final class Lexer {
  private static final Pattern EXPRESSION =
      Pattern.compile(
          "(?<space>\\s+)"
              + "|(?<float>\\d[\\d_]*(?:\\.\\d+(?:[eE][+-]?\\d+)?|[eE][+-]?\\d+))"
              + "|(?<integer>\\d[\\d_]*)"
              + "|(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)"
              + "|(?<operator>//|\\*\\*|==|!=|>=|<=|[-+*/%~\\[\\](){}>.<,:=|;])",
          Pattern.DOTALL);
  private static final Pattern RAW_BEGIN = Pattern.compile("\\{%([-+]?)\\s*raw\\s*(-?)%\\}");
  private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private boolean lineStarts = true;
  private int counted;
  private int lines = 1;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String source) {
    String lines = source.replace("\r\n", "\n").replace('\r', '\n');
    return new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines).run();
  }

  private List<Token> run() {
    while (at < source.length()) {
      int begin = nextTag();
      if (begin < 0) {
        text(source.substring(at));
        at = source.length();
      } else if (source.startsWith("{#", begin)) {
        textBefore(begin, true);
        comment(begin);
      } else if (source.startsWith("{{", begin)) {
        textBefore(begin, false);
        expression(begin, Kind.PRINT_BEGIN, Kind.PRINT_END, "}}");
      } else if (RAW_BEGIN.matcher(source).region(begin, source.length()).lookingAt()) {
        textBefore(begin, true);
        raw(begin);
      } else {
        textBefore(begin, true);
        expression(begin, Kind.TAG_BEGIN, Kind.TAG_END, "%}");
      }
    }
    add(Kind.END, "", source.length());
    return tokens;
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (source.startsWith("{{", i) || source.startsWith("{%", i) || source.startsWith("{#", i)) {
        return i;
      }
    }
    return -1;
  }

  /** The text up to the tag at {@code begin}, without the white space that the tag swallows. */
  private void textBefore(int begin, boolean lstrips) {
    text(stripped(source.substring(at, begin), sign(begin + 2), lstrips));
  }

  private String stripped(String text, char sign, boolean lstrips) {
    if (sign == '-') {
      return stripTrailing(text);
    }
    int lineBegin = text.lastIndexOf('\n') + 1;
    boolean startsLine = lineBegin > 0 || lineStarts;
    return lstrips
            && sign != '+'
            && startsLine
            && stripTrailing(text.substring(lineBegin)).isEmpty()
        ? text.substring(0, lineBegin)
        : text;
  }

  private static String stripTrailing(String text) {
    int end = text.length();
    while (end > 0 && Strings.isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  private char sign(int index) {
    return index < source.length() ? source.charAt(index) : ' ';
  }

  private void text(String text) {
    if (!text.isEmpty()) {
      add(Kind.TEXT, text, at);
    }
  }

  private void comment(int begin) {
    int end = source.indexOf("#}", begin + 2);
    if (end < 0) {
      throw TemplateException.of("a comment without its end #}").at(line(begin));
    }
    char sign = end > begin + 2 ? source.charAt(end - 1) : ' ';
    at = afterTag(end + 2, sign);
  }

  private void raw(int begin) {
    Matcher start = RAW_BEGIN.matcher(source).region(begin, source.length());
    Matcher end = RAW_END.matcher(source);
    if (!start.lookingAt() || !end.find(start.end())) {
      throw TemplateException.of("a raw block without its end").at(line(begin));
    }
    // The start of a raw block keeps the line break behind it, its end is like any other tag's.
    at = start.group(2).equals("-") ? skipSpace(start.end()) : start.end();
    lineStarts = false;
    String sign = end.group(1);
    String body = source.substring(Math.min(at, end.start()), end.start());
    text(stripped(body, sign.isEmpty() ? ' ' : sign.charAt(0), true));
    at = afterTag(end.end(), end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0));
  }

  /** Position of the text behind a tag or comment that ends at {@code end} with {@code sign}. */
  private int afterTag(int end, char sign) {
    int next = end;
    if (sign == '-') {
      next = skipSpace(end);
    } else if (sign != '+' && source.startsWith("\n", end)) {
      next = end + 1;
    }
    lineStarts = next > 0 && source.charAt(next - 1) == '\n';
    return next;
  }

  private int skipSpace(int from) {
    int next = from;
    while (next < source.length() && Strings.isSpace(source.charAt(next))) {
      next++;
    }
    return next;
  }

  private void expression(int begin, Kind beginKind, Kind endKind, String close) {
    add(beginKind, source.substring(begin, begin + 2), begin);
    char first = sign(begin + 2);
    at = begin + (first == '-' || (first == '+' && beginKind == Kind.TAG_BEGIN) ? 3 : 2);
    Matcher matcher = EXPRESSION.matcher(source);
    int depth = 0;
    while (true) {
      if (depth == 0 && closes(close)) {
        close(endKind, close);
        return;
      }
      if (at >= source.length()) {
        throw TemplateException.of("a tag without its end %s", close).at(line(begin));
      }
      if (source.charAt(at) == '\'' || source.charAt(at) == '"') {
        string();
        continue;
      }
      if (!matcher.region(at, source.length()).lookingAt()) {
        throw TemplateException.of("unexpected %s", source.substring(at, at + 1)).at(line(at));
      }
      depth += add(matcher);
      at = matcher.end();
    }
  }

  /**
   * Reads a string literal; not by a regular expression, whose recursion is as deep as it is long.
   */
  private void string() {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != source.charAt(at)) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw TemplateException.of("unexpected %s", source.charAt(at)).at(line(at));
    }
    try {
      add(Kind.STRING, Escapes.resolve(source.substring(at + 1, end)), at);
    } catch (TemplateException e) {
      throw e.at(line(at));
    }
    at = end + 1;
  }

  private boolean closes(String close) {
    return source.startsWith(close, at)
        || source.startsWith("-" + close, at)
        || (close.equals("%}") && source.startsWith("+" + close, at));
  }

  private void close(Kind kind, String close) {
    char sign = source.charAt(at);
    boolean signed = sign == '-' || sign == '+';
    int end = at + (signed ? 3 : 2);
    add(kind, close, at);
    if (kind == Kind.PRINT_END) {
      at = sign == '-' ? skipSpace(end) : end;
      lineStarts = source.charAt(at - 1) == '\n';
    } else {
      at = afterTag(end, signed ? sign : ' ');
    }
  }

  /** Adds what was matched; returns by how much brackets nest deeper. */
  private int add(Matcher matcher) {
    if (matcher.group("name") != null) {
      add(Kind.NAME, matcher.group(), at);
    } else if (matcher.group("float") != null) {
      add(Kind.FLOAT, digits(matcher.group()), at);
    } else if (matcher.group("integer") != null) {
      add(Kind.INTEGER, digits(matcher.group()), at);
    } else if (matcher.group("operator") != null) {
      add(Kind.OPERATOR, matcher.group(), at);
      return switch (matcher.group()) {
        case "(", "[", "{" -> 1;
        case ")", "]", "}" -> -1;
        default -> 0;
      };
    }
    return 0;
  }

  private String digits(String number) {
    boolean zeros = number.length() > 1 && number.startsWith("0") && !number.startsWith("0.");
    if (zeros || number.endsWith("_") || number.contains("__") || number.contains("_.")) {
      throw TemplateException.of("%s (expected: a number)", number).at(line(at));
    }
    return number.replace("_", "");
  }

  private void add(Kind kind, String text, int position) {
    tokens.add(new Token(kind, text, line(position)));
  }

  private int line(int position) {
    if (position < counted) {
      counted = 0;
      lines = 1;
    }
    for (; counted < position; counted++) {
      lines += source.charAt(counted) == '\n' ? 1 : 0;
    }
    return lines;
  }
}
