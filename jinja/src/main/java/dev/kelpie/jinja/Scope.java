package dev.kelpie.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Names and their values; a name that is missing is looked up in the enclosing scope. */
final class Scope {
  private final Optional<Scope> parent;
  private final Map<String, Object> values;

  private Scope(Optional<Scope> parent, Map<String, Object> values) {
    this.parent = parent;
    this.values = values;
  }

  static Scope of(Map<String, Object> values) {
    return new Scope(Optional.empty(), new HashMap<>(values));
  }

  Scope inner() {
    return new Scope(Optional.of(this), new HashMap<>());
  }

  void set(String name, Object value) {
    values.put(name, value);
  }

  Object get(String name) {
    Object value = values.get(name);
    if (value != null) {
      return value;
    }
    return parent.map(scope -> scope.get(name)).orElseGet(() -> new Undefined(name));
  }
}
