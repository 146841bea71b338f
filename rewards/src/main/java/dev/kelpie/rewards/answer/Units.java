package dev.kelpie.rewards.answer;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Units of measure and words of size. Two answers with known units are compared in the same unit;
 * other words behind a number are ignored.
 */
final class Units {
  /**
   * A known unit.
   *
   * @param kind what it measures
   * @param size in the smallest unit of its kind
   */
  record Unit(String kind, Rational size) {}

  private static final Map<String, Unit> KNOWN = new HashMap<>();
  private static final Map<String, Long> SCALES =
      Map.ofEntries(
          Map.entry("dozen", 12L),
          Map.entry("dozens", 12L),
          Map.entry("hundred", 100L),
          Map.entry("thousand", 1_000L),
          Map.entry("thousands", 1_000L),
          Map.entry("k", 1_000L),
          Map.entry("lakh", 100_000L),
          Map.entry("lakhs", 100_000L),
          Map.entry("tenthousand", 10_000L),
          Map.entry("hundredmillion", 100_000_000L),
          Map.entry("million", 1_000_000L),
          Map.entry("millions", 1_000_000L),
          Map.entry("crore", 10_000_000L),
          Map.entry("crores", 10_000_000L),
          Map.entry("billion", 1_000_000_000L),
          Map.entry("billions", 1_000_000_000L),
          Map.entry("bn", 1_000_000_000L),
          Map.entry("trillion", 1_000_000_000_000L),
          Map.entry("trillions", 1_000_000_000_000L));

  private static final Set<String> CHANGING =
      Set.of(
          "halves",
          "thirds",
          "quarters",
          "fourths",
          "fifths",
          "sixths",
          "sevenths",
          "eighths",
          "ninths",
          "tenths",
          "twelfths",
          "hundredths",
          "thousandths",
          "squared",
          "cubed");

  static {
    // In tenths of a millimetre and in nanograms: an inch and an ounce are whole numbers of these.
    units("length", 10, "mm millimeter millimetre");
    units("length", 100, "cm centimeter centimetre");
    units("length", 1_000, "dm decimeter decimetre");
    units("length", 10_000, "m meter metre");
    units("length", 10_000_000, "km kilometer kilometre");
    units("length", 254, "inch");
    units("length", 3_048, "ft foot feet");
    units("length", 9_144, "yd yard");
    units("length", 16_093_440, "mi mile");
    units("mass", 1_000_000, "mg milligram");
    units("mass", 1_000_000_000, "g gram");
    units("mass", 1_000_000_000_000L, "kg kilogram");
    units("mass", 28_349_523_125L, "oz ounce");
    units("mass", 453_592_370_000L, "lb lbs pound");
    units("time", 1, "s sec second");
    units("time", 60, "min minute");
    units("time", 3_600, "h hr hrs hour");
    units("time", 86_400, "day");
    units("time", 604_800, "week");
    units("months", 1, "month");
    units("months", 12, "year yr yrs");
    units("volume", 1, "ml milliliter millilitre");
    units("volume", 1_000, "l liter litre");
    units("money", 1, "cent");
    units("money", 100, "dollar");
  }

  private Units() {}

  private static void units(String kind, long size, String names) {
    for (String name : names.split(" ", -1)) {
      KNOWN.put(name, new Unit(kind, Rational.of(size)));
    }
  }

  /** The unit that a word names, whatever its case and number. */
  static Optional<Unit> known(String word) {
    String name = word.toLowerCase(Locale.ROOT);
    Unit unit = KNOWN.get(name);
    if (unit == null && name.endsWith("es")) {
      unit = KNOWN.get(name.substring(0, name.length() - 2));
    }
    if (unit == null && name.endsWith("s") && name.length() > 3) {
      unit = KNOWN.get(name.substring(0, name.length() - 1));
    }
    return Optional.ofNullable(unit);
  }

  /** Whether a word behind a number makes another number of it: {@code 2 thirds}. */
  static boolean changes(String number, String word) {
    String name = word.toLowerCase(Locale.ROOT);
    return CHANGING.contains(name)
        || (number.equals("1") && CHANGING.contains(name + "s"))
        || (number.equals("1") && name.equals("half"));
  }

  /** Whether a word behind a number is no unit but goes on with it, as in {@code 5h30}. */
  static boolean hasNumber(String word) {
    int digit = 0;
    while (digit < word.length() && !Character.isDigit(word.charAt(digit))) {
      digit++;
    }
    boolean power = word.length() == digit + 1 && (word.endsWith("2") || word.endsWith("3"));
    return digit < word.length() && !(power && known(word.substring(0, digit)).isPresent());
  }

  /** Whether two quantities are parts of one, as 5 hours and 30 minutes are. */
  static boolean areParts(Token first, Token second) {
    Optional<Unit> a = first.isNumeral() ? Optional.empty() : known(first.text());
    Optional<Unit> b = second.isNumeral() ? Optional.empty() : known(second.text());
    return a.isPresent()
        && b.isPresent()
        && a.get().kind().equals(b.get().kind())
        && !a.get().size().equals(b.get().size());
  }

  /** The factor of a word such as {@code million}, or 0. */
  static long scale(String word) {
    return SCALES.getOrDefault(word.toLowerCase(Locale.ROOT), 0L);
  }
}
