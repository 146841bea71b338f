package dev.kelpie.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The single values of experiment files: whole and decimal numbers, booleans, text, constants of an
 * enum in kebab-case, durations with their unit. {@code OptionalInt}, {@code OptionalDouble},
 * {@code Optional<String>} and boxed numbers also take {@code none}.
 */
final class ScalarReader {
  private static final String NONE = "none";

  private ScalarReader() {}

  static @Nullable Object read(ConfigValue value, Type type, String path) {
    boolean none = NONE.equals(value.unwrapped());
    if (type == OptionalDouble.class) {
      return none ? OptionalDouble.empty() : OptionalDouble.of(decimal(value, path, " or none"));
    }
    if (type == OptionalInt.class) {
      return none ? OptionalInt.empty() : OptionalInt.of(whole(value, path, " or none"));
    }
    if (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class) {
      return none ? Optional.empty() : Optional.of(text(value, path));
    }
    if (type == Double.class || type == Integer.class) {
      return none
          ? null
          : type == Double.class
              ? decimal(value, path, " or none")
              : whole(value, path, " or none");
    }
    return plain(value, type, path);
  }

  private static Object plain(ConfigValue value, Type type, String path) {
    if (type == int.class) {
      return whole(value, path, "");
    } else if (type == long.class || type == Long.class) {
      return whole(value, path, Long.MIN_VALUE, Long.MAX_VALUE, "");
    } else if (type == double.class) {
      return decimal(value, path, "");
    } else if (type == boolean.class) {
      return bool(value, path);
    } else if (type == String.class) {
      return text(value, path);
    } else if (type == Duration.class) {
      return duration(value, path);
    } else if (type instanceof Class<?> plain && plain.isEnum()) {
      return constant(value, plain, path);
    }
    throw new IllegalStateException(path + ": options of type " + type + " cannot be read");
  }

  private static int whole(ConfigValue value, String path, String or) {
    return (int) whole(value, path, Integer.MIN_VALUE, Integer.MAX_VALUE, or);
  }

  private static long whole(ConfigValue value, String path, long low, long high, String or) {
    if (value.unwrapped() instanceof Number number
        && number.doubleValue() == Math.rint(number.doubleValue())) {
      // What does not fit into a long comes as a double, and 2^63 as one is not above high.
      boolean fits = number instanceof Integer || number instanceof Long;
      if (number.doubleValue() >= low
          && (fits || number.doubleValue() < 0x1p63)
          && number.longValue() <= high) {
        return number.longValue();
      }
      throw RecordBinder.wrong(value, path, "a whole number in [" + low + ", " + high + "]");
    }
    // What is too large even for HOCON comes as text.
    boolean large = String.valueOf(value.unwrapped()).matches("[+-]?\\d+");
    throw RecordBinder.wrong(
        value,
        path,
        large ? "a whole number in [" + low + ", " + high + "]" : "a whole number" + or);
  }

  private static double decimal(ConfigValue value, String path, String or) {
    if (value.unwrapped() instanceof Number number) {
      return number.doubleValue();
    }
    throw RecordBinder.wrong(value, path, "a number" + or);
  }

  private static boolean bool(ConfigValue value, String path) {
    if (value.unwrapped() instanceof Boolean bool) {
      return bool;
    }
    throw RecordBinder.wrong(value, path, "true or false");
  }

  /** Numbers and booleans written without quotes are text too where text is wanted. */
  private static String text(ConfigValue value, String path) {
    return switch (value.valueType()) {
      case STRING -> (String) value.unwrapped();
      case NUMBER, BOOLEAN -> value.render();
      case OBJECT, LIST, NULL -> throw RecordBinder.wrong(value, path, "a text");
    };
  }

  private static Duration duration(ConfigValue value, String path) {
    String expectation = "a duration with its unit, such as 30s, 500ms or 10m";
    if (value.valueType() != ConfigValueType.STRING
        || !((String) value.unwrapped()).matches("\\d+(\\.\\d+)?\\s*[a-z]+")) {
      throw RecordBinder.wrong(value, path, expectation);
    }
    try {
      Config holder = value.atKey("duration");
      return holder.getDuration("duration");
    } catch (com.typesafe.config.ConfigException e) {
      throw RecordBinder.wrong(value, path, expectation);
    }
  }

  private static Object constant(ConfigValue value, Class<?> type, String path) {
    List<? extends Enum<?>> constants =
        Arrays.stream(type.getEnumConstants()).map(constant -> (Enum<?>) constant).toList();
    List<String> names = constants.stream().map(KebabCase::of).toList();
    String given = String.valueOf(value.unwrapped());
    int index = names.indexOf(given);
    if (index < 0) {
      throw RecordBinder.wrong(value, path, NearestName.expectation(given, names));
    }
    return constants.get(index);
  }
}
