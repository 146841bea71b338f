package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Units.Unit;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Units as they are written behind a number: known units, their powers, products and quotients,
 * such as {@code m/s}, {@code square feet} or {@code kg m^2}. Words behind them are ignored.
 */
final class Measures {
  private static final int MOST_PARTS = 12;
  private static final int LARGEST_POWER = 9;

  /** Units that are written by others. */
  private static final Map<String, String> DERIVED =
      Map.ofEntries(
          Map.entry("mph", "mile / hour"),
          Map.entry("kph", "km / hour"),
          Map.entry("kmh", "km / hour"),
          Map.entry("N", "kg * m / s / s"),
          Map.entry("newton", "kg * m / s / s"),
          Map.entry("J", "kg * m * m / s / s"),
          Map.entry("joule", "kg * m * m / s / s"),
          Map.entry("W", "kg * m * m / s / s / s"),
          Map.entry("watt", "kg * m * m / s / s / s"),
          Map.entry("Pa", "kg / m / s / s"),
          Map.entry("pascal", "kg / m / s / s"));

  /** Symbols and words that measure a kind of their own. */
  private static final Map<String, String> KINDS =
      Map.ofEntries(
          Map.entry("Hz", "frequency"),
          Map.entry("hertz", "frequency"),
          Map.entry("V", "voltage"),
          Map.entry("volt", "voltage"),
          Map.entry("A", "current"),
          Map.entry("ampere", "current"),
          Map.entry("K", "kelvin"),
          Map.entry("kelvin", "kelvin"),
          Map.entry("celsius", "celsius"),
          Map.entry("fahrenheit", "fahrenheit"));

  private static final Set<String> SQUARE = Set.of("square", "sq");
  private static final Set<String> CUBIC = Set.of("cubic", "cu");

  private final TreeMap<String, Integer> powers = new TreeMap<>();
  private BigInteger above = BigInteger.ONE;
  private BigInteger below = BigInteger.ONE;

  private Measures() {}

  /** The unit that a text begins with; empty if it is not known. */
  static Optional<Unit> of(String written, Steps steps) throws UnreadableAnswer {
    if (written.isEmpty()) {
      return Optional.empty();
    }
    Measures measure = new Measures();
    steps.add(written.length());
    if (!measure.read(written.split(" ", MOST_PARTS + 1))) {
      return Optional.empty();
    }
    measure.powers.values().removeIf(power -> power == 0);
    return Optional.of(
        new Unit(measure.powers.toString(), Rational.of(measure.above, measure.below, steps)));
  }

  /** Whether a word makes a power of the unit behind it. */
  static boolean isPower(String word) {
    String name = word.toLowerCase(Locale.ROOT);
    return SQUARE.contains(name) || CUBIC.contains(name);
  }

  /** Whether a word is a unit, a quotient of units included. */
  static boolean isUnit(String word) {
    return Units.known(word).isPresent()
        || (word.length() > 1 && DERIVED.containsKey(singular(word)));
  }

  private boolean read(String... parts) {
    boolean any = false;
    boolean inverse = false;
    int power = 1;
    int sign = 1;
    String before = "";
    for (int i = 0; i < Math.min(parts.length, MOST_PARTS); i++) {
      String part = parts[i];
      String name = part.toLowerCase(Locale.ROOT);
      if (part.equals("/") || name.equals("per")) {
        inverse = true;
      } else if (SQUARE.contains(name)) {
        power = 2;
      } else if (CUBIC.contains(name)) {
        power = 3;
      } else if (any && (name.equals("squared") || name.equals("cubed"))) {
        add(before, name.equals("squared") ? sign : 2 * sign, false);
      } else if (!Set.of("*", "-", ".").contains(part)) {
        int caret = part.indexOf('^');
        int exponent = caret < 0 ? 1 : power(part.substring(caret + 1));
        String word = caret < 0 ? part : part.substring(0, caret);
        if (caret < 0 && word.length() > 1 && (word.endsWith("2") || word.endsWith("3"))) {
          exponent = word.charAt(word.length() - 1) - '0';
          word = word.substring(0, word.length() - 1);
        }
        boolean last = i == parts.length - 1;
        if (exponent == 0 || !add(word, (inverse ? -1 : 1) * exponent * power, last)) {
          return any && !inverse && power == 1;
        }
        any = true;
        before = word;
        sign = inverse ? -1 : 1;
        inverse = false;
        power = 1;
      }
    }
    return any && !inverse && power == 1;
  }

  /** A written exponent, or 0 if it is none of those that units have. */
  private static int power(String written) {
    return written.matches("-?[1-9]") ? Integer.parseInt(written) : 0;
  }

  /** Multiplies by a unit; false if it is not known. */
  private boolean add(String word, int power, boolean last) {
    Optional<Unit> known = Units.known(word);
    if (known.isPresent() && (word.length() > 1 || !isCapital(word))) {
      multiply(known.get().kind(), known.get().size().numerator(), power);
      return true;
    }
    if (word.equals("in") && last) {
      return add("inch", power, true);
    }
    String name = singular(word);
    String prefix = "";
    if (!isNamed(name) && name.length() > 1 && isNamed(name.substring(1))) {
      prefix = name.substring(0, 1);
      name = name.substring(1);
    }
    if (!isNamed(name) || !Set.of("", "k", "M", "m").contains(prefix)) {
      return false;
    }
    if (KINDS.containsKey(name)) {
      multiply(KINDS.getOrDefault(name, name), BigInteger.ONE, power);
    } else {
      String sign = "*";
      for (String part : DERIVED.getOrDefault(name, "").split(" ", -1)) {
        if (part.equals("*") || part.equals("/")) {
          sign = part;
        } else {
          add(part, sign.equals("*") ? power : -power, false);
        }
      }
    }
    int thousands = prefix.isEmpty() ? 0 : prefix.equals("k") ? 1 : prefix.equals("M") ? 2 : -1;
    scale(BigInteger.valueOf(1_000), thousands * power);
    return true;
  }

  private static boolean isNamed(String name) {
    return DERIVED.containsKey(name) || KINDS.containsKey(name);
  }

  private static boolean isCapital(String word) {
    return Character.isUpperCase(word.charAt(0));
  }

  /** A word in lower case and without its plural's s; a symbol as it is. */
  private static String singular(String word) {
    if (word.length() <= 3 && isNamed(word)) {
      return word;
    }
    String lower = word.toLowerCase(Locale.ROOT);
    if (isNamed(lower)) {
      return lower;
    }
    String shorter = lower.endsWith("s") ? lower.substring(0, lower.length() - 1) : lower;
    return shorter.length() > 3 && isNamed(shorter) ? shorter : word;
  }

  private void multiply(String kind, BigInteger size, int power) {
    powers.merge(kind, power, Integer::sum);
    scale(size, power);
  }

  private void scale(BigInteger size, int power) {
    int exponent = Math.min(Math.abs(power), LARGEST_POWER * 3);
    if (power > 0) {
      above = above.multiply(size.pow(exponent));
    } else if (power < 0) {
      below = below.multiply(size.pow(exponent));
    }
  }
}
