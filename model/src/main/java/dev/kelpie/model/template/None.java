package dev.kelpie.model.template;

/** Python's {@code None}. */
enum None {
  NONE
}
