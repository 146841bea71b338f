package dev.kelpie.jinja;

import java.util.List;

/**
 * What Python makes on demand: the results of {@code map} or {@code select}, the items of a dict, a
 * range. May be iterated; printing one would show an address, so it is refused.
 *
 * @param sized whether it has a length
 */
record Generated(List<Object> items, boolean sized) {
  Generated {
    items = List.copyOf(items);
  }
}
