package dev.kelpie.rewards.answer;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes the signs of Unicode as plain text and TeX: digits of every script as 0 to 9, full-width
 * letters as narrow ones, {@code −} as {@code -}, {@code √} and {@code ½} as commands. Characters
 * that show nothing (joiners, direction marks, soft hyphens) are left out.
 */
final class Glyphs {
  private static final Map<Integer, String> SIGNS = new HashMap<>();

  static {
    put("-", "−‐‑‒﹣－");
    put("*", "×✕✖∗⋅·⨯∙");
    put("/", "÷∕⁄");
    put("'", "’‘ʼ′´`");
    put(",", "٬،、");
    put(".", "٫。");
    put("%", "٪﹪");
    put(" \\le ", "≤⩽≦");
    put(" \\ge ", "≥⩾≧");
    put(" \\neq ", "≠");
    put(" \\approx ", "≈≅≃");
    put(" \\pm ", "±");
    put(" \\mp ", "∓");
    put(" \\rootof ", "√");
    put(" \\cbrtof ", "∛");
    put(" \\pi ", "π𝜋");
    put(" \\infty ", "∞");
    put(" \\cup ", "∪");
    put(" \\cap ", "∩");
    put(" \\in ", "∈");
    put(" \\emptyset ", "∅");
    put(" \\mathbb{R}", "ℝ");
    put("\\degree ", "°º˚");
    put("\\rangedash ", "–");
    put("\\emdash ", "—―");
    put(" \\sum ", "∑");
    put(" \\int ", "∫");
    put(" \\ldots ", "…");
    put(" tenthousand ", "万萬");
    put(" hundredmillion ", "亿億");
  }

  private Glyphs() {}

  private static void put(String plain, String signs) {
    signs.codePoints().forEach(sign -> SIGNS.put(sign, plain));
  }

  /** The text in plain signs. */
  static String plain(String text, Steps steps) {
    StringBuilder plain = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int sign = text.codePointAt(at);
      int length = Character.charCount(sign);
      steps.add(length);
      if (sign < 0x80) {
        plain.append((char) sign);
      } else if (superscript(sign) >= 0) {
        int end = at;
        plain.append("^{");
        while (end < text.length() && superscript(text.codePointAt(end)) >= 0) {
          plain.append((char) superscript(text.codePointAt(end)));
          end++;
        }
        plain.append('}');
        length = end - at;
      } else {
        append(plain, sign);
      }
      at += length;
    }
    return plain.toString();
  }

  private static void append(StringBuilder plain, int sign) {
    String known = SIGNS.get(sign);
    if (known != null) {
      plain.append(known);
    } else if (Character.digit(sign, 10) >= 0) {
      plain.append((char) ('0' + Character.digit(sign, 10)));
    } else if (sign == 0x2028 || sign == 0x2029 || sign == 0x85) {
      plain.append('\n');
    } else if (Character.isSpaceChar(sign)) {
      plain.append(' ');
    } else if (Character.getType(sign) == Character.OTHER_NUMBER) {
      appendFraction(plain, sign);
    } else if (Character.getType(sign) != Character.FORMAT) {
      appendCompatible(plain, sign);
    }
  }

  /** {@code ½} is <code>\frac{1}{2}</code>; other numbers, such as circled ones, stay. */
  private static void appendFraction(StringBuilder plain, int sign) {
    String parts = Normalizer.normalize(Character.toString(sign), Normalizer.Form.NFKC);
    int slash = parts.indexOf('\u2044');
    if (slash > 0 && slash < parts.length() - 1) {
      plain.append("\\frac{").append(parts, 0, slash).append("}{");
      plain.append(parts, slash + 1, parts.length()).append('}');
    } else {
      plain.appendCodePoint(sign);
    }
  }

  /** Full-width and mathematical letters as plain ones. */
  private static void appendCompatible(StringBuilder plain, int sign) {
    boolean styled = (sign >= 0xFF01 && sign <= 0xFFE6) || (sign >= 0x1D400 && sign <= 0x1D7FF);
    if (styled) {
      plain.append(Normalizer.normalize(Character.toString(sign), Normalizer.Form.NFKC));
    } else {
      plain.appendCodePoint(sign);
    }
  }

  /** The digit or sign that is raised, or -1. */
  private static int superscript(int sign) {
    if (sign == 0xB9 || sign == 0xB2 || sign == 0xB3) {
      return sign == 0xB9 ? '1' : sign == 0xB2 ? '2' : '3';
    }
    if (sign == 0x2070 || (sign >= 0x2074 && sign <= 0x2079)) {
      return '0' + (sign - 0x2070);
    }
    return sign == 0x207B ? '-' : sign == 0x207A ? '+' : -1;
  }
}
