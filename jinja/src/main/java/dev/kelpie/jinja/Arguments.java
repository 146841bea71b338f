package dev.kelpie.jinja;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The arguments of a call.
 *
 * @param budget limits of the rendering that the call is a part of
 */
record Arguments(List<Object> positional, Map<String, Object> named, Budget budget) {
  static Arguments none(Budget budget) {
    return new Arguments(List.of(), Map.of(), budget);
  }

  /**
   * Assigns the arguments to parameters, in order and by name.
   *
   * @return values by parameter; parameters without an argument are left out
   */
  Map<String, Object> bind(String callee, String... parameters) {
    if (positional.size() > parameters.length) {
      throw TemplateException.of(
          "%s: %s arguments (expected: at most %s)", callee, positional.size(), parameters.length);
    }
    budget.steps((parameters.length + named.size()) / 4);
    Set<String> known = named.isEmpty() ? Set.of() : new HashSet<>(Arrays.asList(parameters));
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < positional.size(); i++) {
      values.put(parameters[i], positional.get(i));
    }
    for (Map.Entry<String, Object> argument : named.entrySet()) {
      if (!known.contains(argument.getKey())) {
        throw TemplateException.of("%s: unknown argument %s", callee, argument.getKey());
      }
      if (values.put(argument.getKey(), argument.getValue()) != null) {
        throw TemplateException.of("%s: argument %s given twice", callee, argument.getKey());
      }
    }
    return values;
  }

  /** The only argument. */
  Object one(String callee) {
    Map<String, Object> values = bind(callee, "value");
    if (values.isEmpty()) {
      throw TemplateException.of("%s: no argument (expected: one)", callee);
    }
    return values.values().iterator().next();
  }
}
