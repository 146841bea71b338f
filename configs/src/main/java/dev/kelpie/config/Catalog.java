package dev.kelpie.config;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Implementations of one kind by the name that experiment files use. {@code add} returns a new
 * catalog, so a catalog can be shared.
 *
 * @param <T> what it makes
 */
public final class Catalog<T> {
  private final String kind;
  private final Map<String, Entry<?, T>> entries;

  private record NoOptions() {}

  private record Entry<O, T>(O defaults, Function<? super O, ? extends T> constructor) {
    T create(ConfigBlock block, String... also) {
      O options = block.bind(defaults, also);
      try {
        return constructor.apply(options);
      } catch (IllegalArgumentException e) {
        throw block.refused(e);
      }
    }

    T createDefault() {
      return constructor.apply(defaults);
    }
  }

  private Catalog(String kind, Map<String, Entry<?, T>> entries) {
    this.kind = kind;
    this.entries = entries;
  }

  /** An empty catalog of {@code kind}, such as "loss", as messages call it. */
  public static <T> Catalog<T> of(String kind) {
    return new Catalog<>(kind, Map.of());
  }

  /**
   * With one more entry.
   *
   * @param defaultOptions a record; its components are the entry's options
   */
  public <O> Catalog<T> add(
      String name, O defaultOptions, Function<? super O, ? extends T> constructor) {
    if (!(defaultOptions instanceof Record)) {
      throw new IllegalArgumentException(kind + " " + name + ": options are not a record");
    }
    Map<String, Entry<?, T>> more = new LinkedHashMap<>(entries);
    if (more.put(name, new Entry<>(defaultOptions, constructor)) != null) {
      throw new IllegalArgumentException(kind + " " + name + " is there already");
    }
    return new Catalog<>(kind, more);
  }

  /** With one more entry, which takes no options. */
  public Catalog<T> add(String name, T entry) {
    return add(name, new NoOptions(), options -> entry);
  }

  /**
   * The entry that {@code block.type()} names, with the block's options. Keys in {@code also} are
   * ignored.
   *
   * @throws ConfigException if the type is missing or unknown, or an option is wrong
   */
  public T create(ConfigBlock block, String... also) {
    Optional<String> type = block.type();
    if (type.isEmpty()) {
      throw block.error("type", block.values().get("type"), "one of " + String.join(", ", names()));
    }
    return create(type.get(), block, also);
  }

  /** The entry called {@code name}, with the options in {@code options}. */
  public T create(String name, ConfigBlock options, String... also) {
    Entry<?, T> entry = entries.get(name);
    if (entry == null) {
      throw options.error("type", name, kind + " " + NearestName.expectation(name, names()));
    }
    return entry.create(options, also);
  }

  /** The entry called {@code name} with its default options; empty for an unknown name. */
  public Optional<T> find(String name) {
    return Optional.ofNullable(entries.get(name)).map(Entry::createDefault);
  }

  /** All names, in the order they were added. */
  public Set<String> names() {
    return new LinkedHashSet<>(entries.keySet());
  }

  /** The keys of a record of options, as experiment files write them. */
  public static String[] keys(Object options) {
    return Arrays.stream(options.getClass().getRecordComponents())
        .map(component -> KebabCase.of(component.getName()))
        .toArray(String[]::new);
  }

  /** The default options of the entry called {@code name}. */
  public Object defaults(String name) {
    Entry<?, T> entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(kind + " " + name + " is not there");
    }
    return entry.defaults();
  }
}
