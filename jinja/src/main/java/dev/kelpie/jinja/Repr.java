package dev.kelpie.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes values as Python's {@code repr} does. */
record Repr(Budget budget, StringBuilder out) {
  /** Python refuses to print longer numbers. */
  private static final int MOST_DIGITS = 4300;

  private static final int STEPS_OF_A_DOUBLE = 20;

  /** {@code repr(value)}. */
  static String of(Object value, Budget budget) {
    Repr repr = new Repr(budget, new StringBuilder());
    repr.write(value);
    return repr.out.toString();
  }

  private void write(Object value) {
    budget.step();
    if (value instanceof String text) {
      quote(text);
    } else if (value instanceof None) {
      add("None");
    } else if (value instanceof Boolean flag) {
      add(flag ? "True" : "False");
    } else if (value instanceof Long || value instanceof BigInteger) {
      add(whole(value, budget));
    } else if (value instanceof Double number) {
      add(real(number, budget));
    } else if (value instanceof List<?> list) {
      items(list, "[", "]");
    } else if (value instanceof Tuple tuple) {
      items(tuple.items(), "(", tuple.items().size() == 1 ? ",)" : ")");
    } else if (value instanceof Map<?, ?> map) {
      entries(map);
    } else {
      throw TemplateException.of("%s cannot be printed", Python.type(value));
    }
  }

  private void add(String text) {
    budget.text(text.length());
    out.append(text);
  }

  private void items(List<?> items, String open, String close) {
    budget.enter(1);
    add(open);
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        add(", ");
      }
      write(items.get(i));
    }
    add(close);
    budget.leave(1);
  }

  private void entries(Map<?, ?> map) {
    budget.enter(1);
    add("{");
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!first) {
        add(", ");
      }
      first = false;
      write(entry.getKey());
      add(": ");
      write(entry.getValue());
    }
    add("}");
    budget.leave(1);
  }

  /** The digits of a Long or BigInteger. */
  static String whole(Object number, Budget budget) {
    long bits = Operators.integer(number).bitLength();
    budget.number(bits, bits);
    String digits = number.toString();
    if (digits.length() > MOST_DIGITS) {
      throw TemplateException.of("a number of more than %s digits (expected: fewer)", MOST_DIGITS);
    }
    budget.step();
    return digits;
  }

  /** The shortest digits that read back as {@code number}. */
  static String real(double number, Budget budget) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    budget.steps(STEPS_OF_A_DOUBLE);
    BigDecimal exact = new BigDecimal(number);
    budget.steps(exact.precision());
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= 17; digits++) {
      shortest = exact.round(new MathContext(digits));
      if (shortest.doubleValue() == number) {
        break;
      }
    }
    shortest = shortest.stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString();
    return (number < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + String.format(Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private void quote(String text) {
    char mark = text.contains("'") && !text.contains("\"") ? '"' : '\'';
    budget.read(3L * text.length());
    budget.text(text.length() + 2L);
    out.append(mark);
    text.codePoints().forEach(c -> quote(c, mark));
    out.append(mark);
  }

  private void quote(int c, char mark) {
    switch (c) {
      case '\n' -> add("\\n");
      case '\r' -> add("\\r");
      case '\t' -> add("\\t");
      case '\\' -> add("\\\\");
      default -> {
        if (c == mark) {
          out.append('\\').append(mark);
        } else if (isPrintable(c)) {
          out.appendCodePoint(c);
        } else if (c < 0x100) {
          escape("\\x", c, 2);
        } else {
          escape(c < 0x10000 ? "\\u" : "\\U", c, c < 0x10000 ? 4 : 8);
        }
      }
    }
  }

  private void escape(String mark, int c, int digits) {
    budget.step();
    add(mark + HexFormat.of().toHexDigits(c, digits));
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
