package dev.kelpie.jinja;

import java.util.List;

/**
 * What Python makes on demand: the results of {@code map} or {@code select}, the items of a dict, a
 * range. May be iterated; printing one would show an address, so it is refused.
 */
final class Generated {
  private final List<Object> items;
  private final boolean sized;
  private boolean used;

  /**
   * Values to iterate over; the list must not change.
   *
   * @param sized whether it has a length and can be iterated several times, as a range can
   */
  Generated(List<Object> items, boolean sized) {
    this.items = items;
    this.sized = sized;
  }

  boolean sized() {
    return sized;
  }

  /** The items; a generator gives them once, and Python nothing the second time. */
  List<Object> items() {
    if (used && !sized) {
      throw TemplateException.of("a generator is used twice (expected: |list, which can be)");
    }
    used = true;
    return items;
  }

  /** Number of items of a sized one. */
  int size() {
    if (!sized) {
      throw TemplateException.of("a generator has no length");
    }
    return items.size();
  }
}
