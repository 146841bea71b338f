package dev.kelpie.config.file;

import com.typesafe.config.ConfigUtil;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.RecordBinder;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes option records as HOCON that {@link RecordBinder} reads back to equal records. */
public final class ExperimentText {
  private ExperimentText() {}

  /** One file, blocks in the order of {@link Experiment}. */
  static String of(Experiment experiment, String source, String commit) {
    StringBuilder text = new StringBuilder();
    text.append("# Kelpie experiment, format 1: every key, defaults included.\n");
    text.append("# From ").append(source).append(", seed ").append(experiment.run().seed());
    text.append(", Kelpie ").append(commit).append(".\n");
    components(experiment)
        .forEach((key, value) -> text.append(key).append(' ').append(block(value)).append('\n'));
    return text.toString();
  }

  /** Keys and values of a record, in order; what {@code config explain} shows as defaults. */
  public static Map<String, @Nullable Object> components(Object of) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (RecordComponent component : of.getClass().getRecordComponents()) {
      values.put(KebabCase.of(component.getName()), RecordBinder.read(component, of));
    }
    return values;
  }

  private static String block(@Nullable Object value) {
    StringBuilder text = new StringBuilder("{\n");
    entries(value)
        .forEach((key, inner) -> text.append("  ").append(entry(key, inner)).append('\n'));
    return text.append("}").toString();
  }

  private static String entry(String key, @Nullable Object value) {
    String name = key.matches("[A-Za-z0-9_-]+") ? key : ConfigUtil.quoteString(key);
    return name + " = " + value(value);
  }

  /** One value as HOCON. */
  public static String value(@Nullable Object value) {
    if (value instanceof Record || value instanceof Map || value instanceof ConfigBlock) {
      StringJoiner inside = new StringJoiner(", ", "{ ", " }").setEmptyValue("{}");
      entries(value).forEach((key, inner) -> inside.add(entry(key, inner)));
      return inside.toString();
    } else if (value instanceof List<?> list) {
      StringJoiner inside = new StringJoiner(", ", "[", "]");
      list.forEach(element -> inside.add(value(element)));
      return inside.toString();
    } else if (value instanceof Enum<?> constant) {
      return KebabCase.of(constant);
    } else if (value instanceof Duration duration) {
      return duration(duration);
    } else if (value instanceof Double number) {
      return decimal(number);
    } else if (value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    return optional(value);
  }

  /** {@code 1}, {@code 0.2}, {@code 1e-6}: as a person would write it; reads back the same. */
  private static String decimal(double number) {
    return Double.toString(number).replace(".0E", "e").replace('E', 'e').replaceFirst("\\.0$", "");
  }

  private static String optional(@Nullable Object value) {
    if (value == null
        || value.equals(OptionalDouble.empty())
        || value.equals(OptionalInt.empty())
        || value.equals(Optional.empty())) {
      return "none";
    } else if (value instanceof OptionalDouble number) {
      return value(number.getAsDouble());
    } else if (value instanceof OptionalInt number) {
      return value(number.getAsInt());
    } else if (value instanceof Optional<?> present) {
      return value(present.get());
    }
    return ConfigUtil.quoteString(value.toString());
  }

  private static String duration(Duration duration) {
    if (duration.toMillis() % 1000 != 0) {
      return duration.toMillis() + "ms";
    }
    long seconds = duration.toSeconds();
    return seconds > 0 && seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  private static Map<String, @Nullable Object> entries(@Nullable Object of) {
    if (of instanceof ConfigBlock block) {
      return new LinkedHashMap<>(block.values());
    } else if (of instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> values = new TreeMap<>();
      map.forEach((key, value) -> values.put(String.valueOf(key), value));
      return values;
    }
    return components(Objects.requireNonNull(of));
  }
}
