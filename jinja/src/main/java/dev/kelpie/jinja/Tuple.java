package dev.kelpie.jinja;

import java.util.List;

/** Python's tuple; the list must not change. */
record Tuple(List<Object> items) {}
