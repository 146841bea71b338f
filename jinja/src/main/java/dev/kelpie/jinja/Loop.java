package dev.kelpie.jinja;

import java.util.List;

/**
 * The variable {@code loop}.
 *
 * @param depth how many recursive loops are around it
 * @param again runs the loop over other items, in a recursive loop
 */
record Loop(List<Object> items, int index, int depth, JinjaCallable again) {
  Object attribute(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> (long) items.size() - index - 1;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> depth + 1L;
      case "depth0" -> (long) depth;
      case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("previtem");
      case "nextitem" ->
          index + 1 < items.size() ? items.get(index + 1) : new Undefined("nextitem");
      case "cycle" ->
          (JinjaCallable)
              arguments -> {
                List<Object> values = arguments.positional();
                if (values.isEmpty()) {
                  throw TemplateException.of("loop.cycle: no argument");
                }
                return values.get(index % values.size());
              };
      default -> throw TemplateException.of("loop.%s is not supported", name);
    };
  }
}
