package dev.kelpie.jinja;

/** Python's {@code None}. */
enum None {
  NONE
}
