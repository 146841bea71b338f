package dev.kelpie.jinja;

/** A function, a macro or a method bound to its object. */
@FunctionalInterface
interface JinjaCallable {
  Object call(Arguments arguments);
}
