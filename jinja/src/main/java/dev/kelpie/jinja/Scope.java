package dev.kelpie.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and their values; a name that is missing is looked up in the enclosing scope. */
final class Scope {
  private final @Nullable Scope parent;
  private final Budget budget;
  private final Map<String, Object> values;

  private Scope(@Nullable Scope parent, Budget budget, Map<String, Object> values) {
    this.parent = parent;
    this.budget = budget;
    this.values = values;
  }

  static Scope of(Map<String, Object> values, Budget budget) {
    return new Scope(null, budget, new HashMap<>(values));
  }

  Scope inner() {
    return new Scope(this, budget, new HashMap<>(4));
  }

  /** The limits of this rendering. */
  Budget budget() {
    return budget;
  }

  void set(String name, Object value) {
    values.put(name, value);
  }

  Object get(String name) {
    Object found = null;
    int visited = 0;
    for (Scope scope = this; scope != null && found == null; scope = scope.parent) {
      found = scope.values.get(name);
      visited++;
    }
    budget.steps(1 + visited / 8);
    return found == null ? new Undefined(name) : found;
  }
}
