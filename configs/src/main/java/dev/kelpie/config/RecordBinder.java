package dev.kelpie.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a record from a HOCON object, over defaults. A key is a component's name in kebab-case; a
 * missing key keeps its default; an unknown key, a wrong type or a value that a constructor refuses
 * is a {@link ConfigException} with key, value, expectation and place.
 *
 * <p>Components may be what {@link ScalarReader} reads, records, {@link ConfigBlock}, {@code List}
 * of scalars or of {@link ConfigBlock}, and {@code Map<String, ConfigBlock>}.
 */
public final class RecordBinder {
  private RecordBinder() {}

  /** Binds {@code object}, which stands at {@code path} ("" for a whole file). */
  public static <R> R bind(ConfigObject object, String path, R defaults, Set<String> ignored) {
    @SuppressWarnings("unchecked") // the class of a record value is the record's own
    Class<R> type = (Class<R>) defaults.getClass();
    RecordComponent[] components = type.getRecordComponents();
    List<String> known =
        Arrays.stream(components).map(component -> KebabCase.of(component.getName())).toList();
    refuseUnknownKeys(object, path, known, ignored);
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      Object fallback = read(components[i], defaults);
      ConfigValue given = object.get(known.get(i));
      values[i] =
          given == null
              ? fallback
              : convert(given, components[i].getGenericType(), join(path, known.get(i)), fallback);
    }
    return construct(type, components, values, object, path);
  }

  private static void refuseUnknownKeys(
      ConfigObject object, String path, List<String> known, Set<String> ignored) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      String key = entry.getKey();
      if (!known.contains(key) && !ignored.contains(key)) {
        throw new ConfigException(
            join(path, key)
                + ": unknown key (expected: "
                + NearestName.expectedKey(key, known)
                + ")"
                + ConfigException.behind(Origins.of(entry.getValue())));
      }
    }
  }

  private static @Nullable Object convert(
      ConfigValue value, Type type, String path, @Nullable Object fallback) {
    if (type == ConfigBlock.class) {
      return new ConfigBlock(path, object(value, path));
    }
    if (type instanceof ParameterizedType generic && generic.getRawType() == Map.class) {
      return blocks(value, path);
    }
    if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
      return list(value, generic.getActualTypeArguments()[0], path);
    }
    if (type instanceof Class<?> plain && plain.isRecord() && fallback != null) {
      return bind(object(value, path), path, fallback, Set.of());
    }
    return ScalarReader.read(value, type, path);
  }

  /** Blocks by name; null takes back what an included file says, all of it or one block. */
  private static Map<String, ConfigBlock> blocks(ConfigValue value, String path) {
    Map<String, ConfigBlock> blocks = new LinkedHashMap<>();
    if (value.valueType() == ConfigValueType.NULL) {
      return blocks;
    }
    object(value, path)
        .forEach(
            (key, block) -> {
              if (block.valueType() != ConfigValueType.NULL) {
                blocks.put(key, block(block, join(path, key)));
              }
            });
    return blocks;
  }

  private static ConfigBlock block(ConfigValue value, String path) {
    return new ConfigBlock(path, object(value, path));
  }

  private static List<Object> list(ConfigValue value, Type element, String path) {
    if (!(value instanceof ConfigList given)) {
      throw wrong(value, path, "a list [a, b, ...]");
    }
    List<Object> elements = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      String at = path + "[" + i + "]";
      elements.add(
          element == ConfigBlock.class
              ? block(given.get(i), at)
              : ScalarReader.read(given.get(i), element, at));
    }
    return List.copyOf(elements);
  }

  private static ConfigObject object(ConfigValue value, String path) {
    if (value instanceof ConfigObject object) {
      return object;
    }
    throw wrong(value, path, "a block { ... }");
  }

  static ConfigException wrong(ConfigValue value, String path, String expectation) {
    Object shown =
        value.valueType() == ConfigValueType.STRING
            ? value.unwrapped()
            : value.render(ConfigRenderOptions.concise());
    return ConfigException.at(path, shown, expectation, Origins.of(value));
  }

  public static @Nullable Object read(RecordComponent component, Object of) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  private static <R> R construct(
      Class<R> type,
      RecordComponent[] components,
      @Nullable Object[] values,
      ConfigObject object,
      String path) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refusal) {
        throw refused(object, path, refusal);
      }
      throw new IllegalStateException("cannot make " + type.getSimpleName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + type.getSimpleName(), e);
    }
  }

  /** A message of {@link Require}, {@code key: value (expected: ...)}, with path and place. */
  public static ConfigException refused(
      ConfigObject object, String path, IllegalArgumentException refusal) {
    String message = String.valueOf(refusal.getMessage());
    int colon = message.indexOf(':');
    String key = colon < 0 ? "" : message.substring(0, colon);
    ConfigValue written = object;
    if (key.matches("[a-z0-9.-]+")) {
      for (String part : key.split("\\.", -1)) {
        ConfigValue below = written instanceof ConfigObject inner ? inner.get(part) : null;
        written = below == null ? written : below;
      }
      return new ConfigException(join(path, message) + ConfigException.behind(Origins.of(written)));
    }
    return new ConfigException(
        (path.isEmpty() ? message : path + ": " + message)
            + ConfigException.behind(Origins.of(written)));
  }

  public static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
